/** Limits as headers: `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers, version 10). */
import type { LimitState } from "../contract/limits.ts";

/** A name as a string of RFC 8941, which has no other characters than these. */
function quoted(name: string): string {
  return `"${name.replaceAll(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, "_")}"`;
}

/** The two headers, a member a window; none where there are no limits. */
export function rateLimitHeaders(limits: readonly LimitState[]): Record<string, string> {
  if (limits.length === 0) return {};
  const states = limits.map(
    ({ name, remaining, reset_seconds }) => `${quoted(name)};r=${remaining};t=${reset_seconds}`,
  );
  const policies = limits.map(
    ({ name, limit, window_seconds }) => `${quoted(name)};q=${limit};w=${window_seconds}`,
  );
  return { ratelimit: states.join(", "), "ratelimit-policy": policies.join(", ") };
}
