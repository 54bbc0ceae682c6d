/** Errors of servers, as they are shown: short, on one line, and without secrets. */
import type { ServerDefinition } from "./definition.ts";

const MAX_WORDS = 300;

/** The values that must not be shown: those of headers, variables and of a query. */
function secretsOf({ transport }: ServerDefinition): string[] {
  if (transport.kind === "stdio") return Object.values(transport.env);
  const { searchParams, password } = new URL(transport.url);
  const headers = Object.values(transport.headers);
  // `Bearer abc`: the second word alone is the secret.
  const words = headers.flatMap((value) => [value, ...value.split(/\s+/).slice(1)]);
  return [...words, ...searchParams.values(), password];
}

/** What went wrong, the causes included. */
function chainOf(error: unknown): string {
  const messages: string[] = [];
  for (let each = error; each instanceof Error && messages.length < 4; each = each.cause) {
    const { code } = each as { code?: unknown };
    const text = each.message || (typeof code === "string" ? code : each.name);
    if (!messages.includes(text)) messages.push(text);
  }
  return messages.length > 0 ? messages.join(": ") : String(error);
}

export function wordsOf(error: unknown, definition: ServerDefinition): string {
  const hidden = secretsOf(definition)
    // Shorter ones would hide common words, and hide nothing.
    .filter((secret) => secret.length >= 6)
    .toSorted((a, b) => b.length - a.length)
    .reduce((text, secret) => text.replaceAll(secret, "[secret]"), chainOf(error));
  const line = hidden.replaceAll(/[\p{Cc}\s]+/gu, " ").trim();
  return line.length > MAX_WORDS ? `${line.slice(0, MAX_WORDS).toWellFormed()}…` : line;
}
