/** Lengths of time, as settings write them. */

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** How a wrong one is answered. */
export const DURATION_FORM = "a duration such as 30s, 10m, 24h or 7d";

/** Reads `500ms`, `30s`, `10m`, `24h` or `7d`, in milliseconds; null for anything else. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text.trim());
  const unit = UNIT_MS[match?.[2] ?? ""];
  return match && unit !== undefined ? Number(match[1]) * unit : null;
}
