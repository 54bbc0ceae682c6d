/** Tool servers as clients see them: what is a secret, or tells where something is, only as far as it may be told. */
import type { ToolServer } from "../../contract/tool-servers.ts";
import type { StoredToolServer } from "../../workflow/ports/stores/tool-servers.ts";
import type { ToolServerView } from "../../workflow/ports/tool-servers.ts";
import type { ServerDefinition, ServerStatus } from "../mcp/definition.ts";

/** How a server stands on this instance. */
export interface Standing {
  /** Undefined where there is no connection to speak of. */
  readonly status: ServerStatus | undefined;
  /** Why there is none; null where nothing is wrong. */
  readonly problem: string | null;
  /** What its tools are called here. */
  readonly tools: readonly string[];
  /** Whether it has a token. */
  readonly authorized: boolean;
}

type Common = Pick<
  ToolServer,
  "status" | "last_error" | "offered_tools" | "left_out_tools" | "retry_at" | "last_connected_at"
>;

function common(view: ToolServerView, { status, problem, tools }: Standing): Common {
  return {
    status: status?.state ?? (problem === null ? "disabled" : "failed"),
    last_error: view.admin ? (problem ?? status?.lastError ?? null) : null,
    offered_tools: [...tools],
    left_out_tools: [...(status?.leftOut ?? [])],
    retry_at: status?.retryAt ?? null,
    last_connected_at: status?.lastConnectedAt ?? null,
  };
}

/** A server that came over the API. */
export function describeStored(
  view: ToolServerView,
  { name, settings, version, created_at, updated_at }: StoredToolServer,
  standing: Standing,
): ToolServer {
  const { oauth } = settings;
  return {
    name,
    origin: "api",
    transport: "http",
    enabled: settings.enabled,
    ...common(view, standing),
    url: view.admin ? settings.url : null,
    headers: view.admin ? [...settings.headers] : null,
    oauth:
      view.admin && (oauth || standing.authorized)
        ? {
            grant: oauth?.grant ?? "authorization_code",
            client_id: oauth?.client_id ?? null,
            scope: oauth?.scope ?? null,
            authorized: standing.authorized,
          }
        : null,
    effect: settings.effect,
    approval: settings.approval,
    tools: settings.tools && [...settings.tools],
    version,
    created_at,
    updated_at,
  };
}

function withoutQuery(value: string): string | null {
  const url = URL.parse(value);
  return url && `${url.origin}${url.pathname}`;
}

/** A server of the configuration. Of a command nothing is told: its arguments may be secrets. */
export function describeConfigured(
  view: ToolServerView,
  { name, enabled, policy, tools, transport }: ServerDefinition,
  standing: Standing,
): ToolServer {
  const http = view.admin && transport.kind === "http" ? transport : null;
  return {
    name,
    origin: "configuration",
    transport: transport.kind,
    enabled,
    ...common(view, standing),
    url: http && withoutQuery(http.url),
    headers: http && Object.keys(http.headers),
    oauth: null,
    effect: policy.effect ?? null,
    approval: policy.approval ?? null,
    tools: tools && [...tools],
    version: null,
    created_at: null,
    updated_at: null,
  };
}
