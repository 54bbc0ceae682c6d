/** From a stored server to the definition of its connection. */
import { createHash } from "node:crypto";
import type { AuthProvider } from "@modelcontextprotocol/client";
import type { ToolPolicy } from "../../workflow/ports/tools.ts";
import type { ToolServerSettings } from "../../workflow/ports/stores/tool-servers.ts";
import type { ServerDefinition } from "../mcp/definition.ts";
import { serverUrlOf, type ServerRecord } from "./records.ts";

function policyOf({ effect, approval }: ToolServerSettings): ToolPolicy {
  return { ...(effect && { effect }), ...(approval && { approval }) };
}

/** Whether a server brings its own way to sign in, so that OAuth has no place. */
function signsIn({ secrets }: ServerRecord): boolean {
  return Object.keys(secrets.headers).some((name) => name.toLowerCase() === "authorization");
}

/** The definition of a server; only HTTP ever comes out of what is stored. `auth`: what it signs in with, unless it has a header. */
export function toDefinition(record: ServerRecord, auth: AuthProvider): ServerDefinition {
  const { name, settings } = record.stored;
  return {
    name,
    origin: "api",
    enabled: settings.enabled,
    policy: policyOf(settings),
    tools: settings.tools,
    transport: {
      kind: "http",
      url: serverUrlOf(record),
      headers: record.secrets.headers,
      auth: signsIn(record) ? null : auth,
    },
  };
}

/** Changes with all that a connection is made of; a token that was renewed is no reason for another connection. */
export function fingerprintOf({ stored, secrets }: ServerRecord): string {
  const { query, headers, clientSecret, oauth } = secrets;
  const isAuthorized = oauth.tokens !== null;
  const parts = [stored.created_at, stored.settings, query, headers, clientSecret, isAuthorized];
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
}
