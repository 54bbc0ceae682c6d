/** The tools of a server as runs load and call them. */
import { createHash } from "node:crypto";
import { policyOf, type ToolPolicy } from "../../workflow/ports/tools.ts";
import type { ToolEntry } from "../lazy-tool-loader.ts";
import type { ServerConnection } from "./connection.ts";
import type { LeftOutTool, ServerDefinition } from "./definition.ts";
import { toolName } from "./names.ts";
import type { ListedTool, ToolList } from "./tool-list.ts";

/** A server's results are what others wrote, whatever anybody says; what it says of itself counts where it is trusted. */
function policyFor(
  { policy, trustAnnotations = false }: ServerDefinition,
  { annotations }: ListedTool,
): Required<ToolPolicy> {
  const reads = trustAnnotations && annotations?.["readOnlyHint"] === true;
  const effect = policy.effect ?? (reads ? "read" : "outside");
  return policyOf({ ...policy, effect, trusted: false });
}

/** Changes with whatever a model or a person sees of the tool, and with where its calls go. */
function versionOf(
  name: string,
  tool: ListedTool,
  policy: ToolPolicy,
  fingerprint: string,
): string {
  const text = JSON.stringify([name, tool, policy, fingerprint]);
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}

function entryFor(
  definition: ServerDefinition,
  listed: ListedTool,
  connection: ServerConnection,
  fingerprint: string,
): ToolEntry {
  const name = toolName(definition.name, listed.name);
  const policy = policyFor(definition, listed);
  const seen = { name, description: listed.description, parameters: listed.inputSchema };
  return {
    ...seen,
    policy,
    origin: { kind: "server", server: definition.name },
    version: versionOf(name, listed, policy, fingerprint),
    // Nothing is connected here: a server that is away costs its own calls, and not the run that might make some.
    load: async () => {
      const [{ withCheckedArguments }, { toOutput }] = await Promise.all([
        import("../arguments.ts"),
        import("./results.ts"),
      ]);
      return withCheckedArguments({
        ...seen,
        ...policy,
        execute: async (args, _context, signal) =>
          toOutput(await connection.call(listed, args, signal)),
      });
    },
  };
}

/** A server's tools, and those that are left out of it. */
export interface ServerEntries {
  readonly entries: readonly ToolEntry[];
  readonly leftOut: readonly LeftOutTool[];
}

/** What becomes of a list: tools that the definition does not name are not there; `taken`: a name that is another's. */
export function entriesOf(
  definition: ServerDefinition,
  list: ToolList,
  connection: ServerConnection,
  taken: (name: string) => boolean,
): ServerEntries {
  const { tools: allowed } = definition;
  const entries = new Map<string, ToolEntry>();
  const leftOut: LeftOutTool[] = [...list.leftOut];
  for (const tool of list.tools) {
    if (allowed && !allowed.includes(tool.name)) continue;
    const entry = entryFor(definition, tool, connection, list.fingerprint);
    if (taken(entry.name) || entries.has(entry.name)) {
      leftOut.push({ name: tool.name, reason: `there is another tool "${entry.name}"` });
    } else entries.set(entry.name, entry);
  }
  return { entries: [...entries.values()], leftOut };
}
