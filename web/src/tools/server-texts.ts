/** What the form of a tool server holds, and what it says to the server. */
import type {
  FieldError,
  ToolApproval,
  ToolEffect,
  ToolServer,
  ToolServerChange,
  ToolServerRequest,
} from "../../../src/client/index.ts";
import { InputError } from "../forms/problem.ts";
import { linesOf, textOrNull } from "../forms/texts.ts";

/** The fields as texts; empty is what the server does by itself, and for one that exists what it has. */
export interface ServerTexts {
  readonly name: string;
  readonly url: string;
  /** One a line: `name: value`. */
  readonly headers: string;
  /** How it is known who asks: by headers alone, or by OAuth. */
  readonly access: "" | "authorization_code" | "client_credentials";
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope: string;
  readonly effect: string;
  readonly approval: string;
  readonly tools: string;
}

export const NEW_SERVER: ServerTexts = Object.freeze({
  name: "",
  url: "",
  headers: "",
  access: "",
  clientId: "",
  clientSecret: "",
  scope: "",
  effect: "",
  approval: "",
  tools: "",
});

/** What is known of one that exists; its secrets are not, and stay as they are as long as nothing is entered. */
export function toServerTexts({ name, effect, approval, tools }: ToolServer): ServerTexts {
  return {
    ...NEW_SERVER,
    name,
    effect: effect ?? "",
    approval: approval ?? "",
    tools: (tools ?? []).join("\n"),
  };
}

/** The headers that lines say; null for none. Throws an `InputError` for a line that is no header. */
export function headersOf(text: string): Record<string, string> | null {
  const lines = linesOf(text);
  const wrong = lines.findIndex((line) => !/^[^:\s]+:\s*\S/.test(line));
  if (wrong >= 0) {
    const errors: FieldError[] = [
      { path: "headers", message: `line ${wrong + 1} must be a name, a colon and a value` },
    ];
    throw new InputError(errors);
  }
  if (lines.length === 0) return null;
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }),
  );
}

function settingsOf({ effect, approval, tools }: ServerTexts) {
  const names = linesOf(tools);
  return {
    effect: effect === "" ? null : (effect as ToolEffect),
    approval: approval === "" ? null : (approval as ToolApproval),
    tools: names.length === 0 ? null : names,
  };
}

/** A new server. Throws an `InputError` for what cannot be read. */
export function toServerRequest(texts: ServerTexts): ToolServerRequest {
  const { name, url, headers, access, clientId, clientSecret, scope } = texts;
  return {
    name: name.trim(),
    url: url.trim(),
    headers: headersOf(headers),
    oauth:
      access === ""
        ? null
        : {
            grant: access,
            client_id: textOrNull(clientId),
            client_secret: textOrNull(clientSecret),
            scope: textOrNull(scope),
          },
    ...settingsOf(texts),
  };
}

/** A change of one that exists: what is empty of its address and headers stays. Throws an `InputError` as above. */
export function toServerChange(texts: ServerTexts): ToolServerChange {
  const headers = headersOf(texts.headers);
  const url = textOrNull(texts.url);
  return {
    ...(url !== null && { url }),
    ...(headers !== null && { headers }),
    ...settingsOf(texts),
  };
}
