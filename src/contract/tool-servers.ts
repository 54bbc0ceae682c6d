/** Tool servers: servers of the Model Context Protocol whose tools models may call. They are the installation's. */
import { z } from "zod";
import { text, Timestamp } from "./text.ts";
import { ToolApproval, ToolEffect } from "./tools.ts";

export const ToolServerName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, {
    error: "must be 1 to 32 lower-case letters, digits or -, and begin with a letter",
  })
  .meta({ examples: ["tickets", "github-issues"] });

/**
 * `idle`: not needed so far. `unauthorized`: it wants authorization that only an administrator can give.
 * `failed`: it could not be reached; it is tried again when it is needed.
 */
export const ToolServerState = z.enum([
  "disabled",
  "idle",
  "connecting",
  "connected",
  "failed",
  "unauthorized",
]);
export type ToolServerState = z.infer<typeof ToolServerState>;

/** Whether a string is a URL of the web that says nothing of who is asking. */
function isPlainHttp(value: string): boolean {
  const url = URL.parse(value);
  return (
    url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === ""
  );
}

/** Where it is. There is no other way to name a server here: no command, and no address but that of the web. */
const ServerUrl = text(1, 2000)
  .refine(isPlainHttp, {
    error: "must be an address that begins with http:// or https://, without a user or a password",
  })
  .meta({ examples: ["https://tools.example/mcp"] })
  .describe("its query may hold a key, and is never shown again");

/** Headers that make the protocol work, or say where a request begins and ends: they are nobody's to set. */
const RESERVED_HEADER =
  /^(accept|connection|content-(length|type)|expect|host|keep-alive|last-event-id|mcp-.*|proxy-.*|te|trailer|transfer-encoding|upgrade)$/i;

const HeaderName = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,64}$/, { error: "must be 1 to 64 letters, digits or -" })
  .refine((name) => !RESERVED_HEADER.test(name), { error: "is a header that the protocol sets" })
  .meta({ examples: ["authorization", "x-api-key"] });

const HeaderValue = z
  .string()
  .regex(/^[\x21-\x7e]([\x20-\x7e]{0,8190}[\x21-\x7e])?$/, {
    error: "must be 1 to 8192 printable ASCII characters, without a space at either end",
  })
  .meta({ examples: ["Bearer a-key"] });

const MAX_HEADERS = 16;

const Headers = z
  .record(HeaderName, HeaderValue)
  .refine((headers) => Object.keys(headers).length <= MAX_HEADERS, {
    error: `must be at most ${MAX_HEADERS}`,
  })
  .refine(
    (headers) => {
      const names = Object.keys(headers).map((name) => name.toLowerCase());
      return new Set(names).size === names.length;
    },
    { error: "must not name a header twice" },
  )
  .meta({ maxProperties: MAX_HEADERS })
  .describe("sent with every request; never shown again");

/** `authorization_code`: a person agrees in a browser. `client_credentials`: the client is all there is to know. */
export const OAuthGrant = z.enum(["authorization_code", "client_credentials"]);
export type OAuthGrant = z.infer<typeof OAuthGrant>;

const ClientId = text(1, 1000).describe(
  "of a client that was registered by hand; default: register one",
);
const OAuthScope = z
  .string()
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/, {
    error: "must be scopes with single spaces between them",
  })
  .max(1000)
  .meta({ examples: ["tools:read"] });

/** Only what an authorization server has given by hand; everything else is found out. */
const OAuthRequest = z
  .strictObject({
    grant: OAuthGrant.nullish().describe("default: authorization_code"),
    client_id: ClientId.nullish(),
    client_secret: text(1, 4000).nullish().describe("never shown again"),
    scope: OAuthScope.nullish().describe("default: what the server asks for"),
  })
  .refine((oauth) => !oauth.client_secret || oauth.client_id, {
    error: "a client_secret needs its client_id",
  })
  .refine(
    ({ grant, client_id, client_secret }) =>
      grant !== "client_credentials" || (client_id && client_secret),
    { error: "client_credentials needs a client_id and its client_secret" },
  )
  .meta({ id: "ToolServerOAuthRequest" });
export type OAuthRequest = z.infer<typeof OAuthRequest>;

const ServerTool = text(1, 200);
const MAX_TOOLS = 500;

/** What may be said of a server beside its name and address. */
const serverSettings = {
  headers: Headers.nullish(),
  oauth: OAuthRequest.nullish(),
  effect: ToolEffect.nullish().describe("the most that its tools may do; default: outside"),
  approval: ToolApproval.nullish().describe(
    "when a person has to agree to one of its calls; default: never for tools that read, else untrusted",
  ),
  tools: z
    .array(ServerTool)
    .max(MAX_TOOLS)
    .nullish()
    .describe("of its tools only these, by their names there; default: all"),
  enabled: z.boolean().nullish().describe("default: true"),
};

export const ToolServerRequest = z
  .strictObject({ name: ToolServerName, url: ServerUrl, ...serverSettings })
  .meta({ id: "ToolServerRequest" });
export type ToolServerRequest = z.infer<typeof ToolServerRequest>;

/** What is absent stays; null takes it back to its default. Headers and OAuth are changed as a whole. */
export const ToolServerChange = z
  .strictObject({ url: ServerUrl.optional(), ...serverSettings })
  .meta({ id: "ToolServerChange" });
export type ToolServerChange = z.infer<typeof ToolServerChange>;

/** A tool of a server that cannot be used. */
const LeftOutTool = z.object({
  name: z.string().describe("what the server calls it"),
  reason: z.string(),
});

/** What is there of a client; its secret and the tokens are not. */
const OAuthInfo = z
  .object({
    grant: OAuthGrant,
    client_id: z.string().nullable().describe("null: not registered yet"),
    scope: z.string().nullable(),
    authorized: z.boolean().describe("whether there is a token"),
  })
  .meta({ id: "ToolServerOAuth" });

/** A server as it stands on the instance that answers. Secrets are never part of it. */
export const ToolServer = z
  .object({
    name: ToolServerName,
    origin: z
      .enum(["configuration", "api"])
      .describe("one of the configuration is read-only over the API"),
    transport: z.enum(["http", "stdio"]),
    enabled: z.boolean(),
    status: ToolServerState,
    last_error: z
      .string()
      .nullable()
      .describe("what went wrong last, and what to do; for administrators"),
    offered_tools: z
      .array(z.string())
      .describe("what it was last seen to offer, as models and templates call it"),
    left_out_tools: z.array(LeftOutTool).describe("what it offers and cannot be used"),
    retry_at: Timestamp.nullable().describe("when one that failed is tried again at the earliest"),
    last_connected_at: Timestamp.nullable(),
    url: z.string().nullable().describe("without its query; for administrators"),
    headers: z.array(z.string()).nullable().describe("names only; for administrators"),
    oauth: OAuthInfo.nullable().describe("for administrators"),
    effect: ToolEffect.nullable(),
    approval: ToolApproval.nullable(),
    tools: z.array(z.string()).nullable().describe("of its tools only these; null: all"),
    version: z.int().nullable().describe("counts the changes; null for one of the configuration"),
    created_at: Timestamp.nullable(),
    updated_at: Timestamp.nullable(),
  })
  .meta({ id: "ToolServer" });
export type ToolServer = z.infer<typeof ToolServer>;

/** Where an administrator agrees to what the server asks for. */
export const Authorization = z
  .object({
    authorization_url: z.url().describe("to be opened in a browser, once and soon"),
    expires_at: Timestamp,
  })
  .meta({ id: "ToolServerAuthorization" });
export type Authorization = z.infer<typeof Authorization>;
