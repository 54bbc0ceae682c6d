/** A server's own words about an error: found in the shapes that servers use, bounded, without secrets. */

const MAX_MESSAGE_LENGTH = 300;
/** Reading more of an error's body than this finds nothing new, in characters. */
const MAX_BODY_LENGTH = 64 * 1024;

/** Keys as makers write them, masked ones too: servers repeat them in their messages. */
const KEY_LIKE =
  /\b(?:(?:sk|pk|rk|gsk|xai|hf|key|Bearer)[-_ ][A-Za-z0-9_*.-]{6,}|AIza[A-Za-z0-9_-]{10,})/g;
// oxlint-disable-next-line no-control-regex -- control characters are what it removes
const CONTROL = /[\u0000-\u001f\u007f-\u009f]+/g;

/** Whether a body is a page for people: the usual sign of a wrong base URL. */
export function isPage(body: string): boolean {
  return body.trimStart().startsWith("<");
}

/** The server's message in one short line, or nothing. */
export function serverMessage(body: string, apiKey: string | undefined): string {
  const parsed = parse(body);
  const found = typeof parsed === "string" ? parsed : (findMessage(parsed, 0) ?? "");
  const message = safeMessage(found, apiKey);
  return message === "" ? "" : `It said: "${message}".`;
}

/** The server's code or type of the error: `model_not_found`, `429`, or nothing. */
export function errorCode(body: string): string {
  const parsed = parse(body);
  if (!isRecord(parsed)) return "";
  const error = isRecord(parsed["error"]) ? parsed["error"] : parsed;
  for (const field of ["code", "type", "status"]) {
    const value = error[field];
    if (typeof value === "number" || (typeof value === "string" && value !== "")) return `${value}`;
  }
  return "";
}

/** One line of at most 300 characters in which no key is left. */
export function safeMessage(message: string, apiKey: string | undefined): string {
  // Servers without accounts are given keys such as `x`: no secret, and part of many words.
  const secret = apiKey !== undefined && apiKey.length >= 4;
  const withoutKey = secret ? message.replaceAll(apiKey, "[key]") : message;
  const clean = withoutKey.replace(KEY_LIKE, "[key]").replace(CONTROL, " ").trim();
  const bounded =
    clean.length > MAX_MESSAGE_LENGTH ? `${clean.slice(0, MAX_MESSAGE_LENGTH)}…` : clean;
  return bounded.toWellFormed();
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body.slice(0, MAX_BODY_LENGTH));
  } catch {
    return isPage(body) ? null : body.slice(0, MAX_MESSAGE_LENGTH * 4);
  }
}

/** `{error: {message}}`, `{error: ""}`, `{message}`, `{detail}` and lists of these, as servers nest them. */
function findMessage(value: unknown, depth: number): string | null {
  if (typeof value === "string") return value;
  if (depth > 4 || value === null || typeof value !== "object") return null;
  if (Array.isArray(value)) return findMessage(value[0], depth + 1);
  const record = value as Record<string, unknown>;
  for (const field of ["error", "message", "detail", "msg"]) {
    const found = record[field] === undefined ? null : findMessage(record[field], depth + 1);
    if (found) return found;
  }
  return null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
