/** From what a request says of a server to what is stored of it. */
import type { ToolServerChange, ToolServerRequest } from "../../contract/tool-servers.ts";
import { invalid } from "../../workflow/errors.ts";
import type { ToolServerSettings } from "../../workflow/ports/stores/tool-servers.ts";
import { NO_OAUTH, NO_SECRETS, type RecordContent, type ServerSecrets } from "./records.ts";

/** An address in two parts: where it is, and its query, which may hold a key. */
function splitUrl(value: string): { url: string; query: string } {
  const url = new URL(value);
  const query = url.search;
  url.search = "";
  url.hash = "";
  return { url: url.href, query };
}

/** What holds where nobody says otherwise; the address is none yet. */
const BLANK: RecordContent = {
  settings: {
    url: "",
    headers: [],
    oauth: null,
    effect: null,
    approval: null,
    tools: null,
    enabled: true,
  },
  secrets: NO_SECRETS,
};

/** A client that was given by hand. */
function toOAuth(given: ToolServerChange["oauth"]): {
  settings: ToolServerSettings["oauth"];
  secret: string | null;
} {
  if (!given) return { settings: null, secret: null };
  const { grant, client_id, client_secret, scope } = given;
  const settings = {
    grant: grant ?? ("authorization_code" as const),
    client_id: client_id ?? null,
    scope: scope ?? null,
  };
  return { settings, secret: client_secret ?? null };
}

function changeSettings(before: ToolServerSettings, change: ToolServerChange): ToolServerSettings {
  const { url, headers, oauth, effect, approval, tools, enabled } = change;
  return {
    url: url === undefined ? before.url : splitUrl(url).url,
    headers: headers === undefined ? before.headers : Object.keys(headers ?? {}),
    oauth: oauth === undefined ? before.oauth : toOAuth(oauth).settings,
    effect: effect === undefined ? before.effect : effect,
    approval: approval === undefined ? before.approval : approval,
    tools: tools === undefined ? before.tools : tools,
    enabled: enabled === undefined ? before.enabled : (enabled ?? true),
  };
}

function changeSecrets(before: ServerSecrets, change: ToolServerChange): ServerSecrets {
  const { url, headers, oauth } = change;
  return {
    query: url === undefined ? before.query : splitUrl(url).query,
    headers: headers === undefined ? before.headers : (headers ?? {}),
    clientSecret: oauth === undefined ? before.clientSecret : toOAuth(oauth).secret,
    // Tokens and clients are made for one address and one client.
    oauth: url === undefined && oauth === undefined ? before.oauth : NO_OAUTH,
  };
}

/**
 * Secrets go to the server that they were given for. Whoever cannot read them must not be able to have them sent elsewhere, so a
 * new origin needs them anew. Throws a `WorkflowValidationError`.
 */
function checkOrigin({ settings, secrets }: RecordContent, change: ToolServerChange): void {
  if (change.url === undefined) return;
  if (new URL(change.url).origin === new URL(settings.url).origin) return;
  const why = "must be given again, or be null: what is stored was given for another server";
  if (change.headers === undefined && settings.headers.length > 0) throw invalid("headers", why);
  if (change.oauth === undefined && secrets.clientSecret !== null) throw invalid("oauth", why);
}

/** A server with what a request changes of it. Throws a `WorkflowValidationError`. */
export function changeContent(before: RecordContent, change: ToolServerChange): RecordContent {
  checkOrigin(before, change);
  return {
    settings: changeSettings(before.settings, change),
    secrets: changeSecrets(before.secrets, change),
  };
}

/** A new server. */
export function toContent({ name: _, ...request }: ToolServerRequest): RecordContent {
  return {
    settings: changeSettings(BLANK.settings, request),
    secrets: changeSecrets(BLANK.secrets, request),
  };
}
