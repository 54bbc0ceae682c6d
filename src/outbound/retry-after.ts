/** How long a server asks to be left alone. */
import type { IncomingHttpHeaders } from "node:http";

/**
 * Milliseconds from `now` (Unix time in milliseconds), or undefined where the server does not say.
 * Reads `retry-after-ms`, and `Retry-After` in seconds or as an HTTP date (RFC 9110, 10.2.3).
 */
export function retryAfter(headers: IncomingHttpHeaders, now: number): number | undefined {
  const exact = Number(single(headers["retry-after-ms"]) || Number.NaN);
  if (Number.isFinite(exact)) return Math.max(0, exact);
  const value = single(headers["retry-after"]).trim();
  if (value === "") return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function single(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? "";
}
