/** Tools and their servers in plain words. */
import type {
  ToolApproval,
  ToolEffect,
  ToolInfo,
  ToolOrigin,
  ToolServer,
  ToolServerState,
} from "../../../src/client/index.ts";

const EFFECTS: Readonly<Record<ToolEffect, string>> = {
  read: "Only reads",
  write: "Changes things on this server",
  outside: "Reaches beyond this server",
};

export const EFFECT_OPTIONS = Object.entries(EFFECTS) as readonly (readonly [ToolEffect, string])[];

const APPROVALS: Readonly<Record<ToolApproval, string>> = {
  never: "Nobody is asked",
  untrusted: "Asks once others’ words are in the conversation",
  always: "Always asks first",
};

export const APPROVAL_OPTIONS = Object.entries(APPROVALS) as readonly (readonly [
  ToolApproval,
  string,
])[];

/** What a tool may do, and when it asks, in a line. */
export function policyText({ effect, approval }: Pick<ToolInfo, "effect" | "approval">): string {
  const asks = APPROVALS[approval];
  return `${EFFECTS[effect]} · ${asks[0]?.toLowerCase()}${asks.slice(1)}`;
}

/** Where tools come from, as a heading over them. */
function originText({ kind, server }: ToolOrigin): string {
  if (kind === "built_in") return "Built in";
  return kind === "server" ? `From the server ${server ?? ""}`.trim() : "From the configuration";
}

/** Tools by where they come from: the built-in ones first, then those of the configuration, then each server's. */
export function byOrigin(tools: readonly ToolInfo[]): [string, readonly ToolInfo[]][] {
  const rank = ({ kind, server }: ToolOrigin): string =>
    `${["built_in", "configured", "server"].indexOf(kind)} ${server ?? ""}`;
  const sorted = tools.toSorted((one, other) => {
    const [a, b] = [rank(one.origin), rank(other.origin)];
    if (a !== b) return a < b ? -1 : 1;
    return one.name < other.name ? -1 : 1;
  });
  return [...Map.groupBy(sorted, ({ origin }) => originText(origin))];
}

/** Tools that have all the words in their name or description. */
export function matching(tools: readonly ToolInfo[], words: string): readonly ToolInfo[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return tools.filter(({ name, description }) => {
    const text = `${name} ${description}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

const STATES: Readonly<Record<ToolServerState, string>> = {
  disabled: "Switched off",
  idle: "Not needed so far",
  connecting: "Connecting",
  connected: "Connected",
  failed: "Not reached",
  unauthorized: "Needs authorization",
};

export function stateText(state: ToolServerState): string {
  return STATES[state];
}

/** A server in a line: how many tools, how it is reached, who set it up. */
export function serverText({ offered_tools: tools, transport, url, origin }: ToolServer): string {
  const parts = [
    tools.length === 1 ? "1 tool" : `${tools.length} tools`,
    url ?? (transport === "stdio" ? "a program on this server" : null),
    origin === "configuration" ? "set up in the configuration" : null,
  ];
  return parts.filter((part) => part !== null).join(" · ");
}
