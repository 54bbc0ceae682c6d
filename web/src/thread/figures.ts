/** Time and usage of an answer in a few words. */
import type { Answer } from "./answer.ts";

const NUMBER = new Intl.NumberFormat("en");

/** A short line to show, and all of it to look up. A figure that nobody reported is left out. */
export function figuresOf({ model, responseTimeMs, usage }: Answer): {
  short: string;
  long: string;
} {
  const time = responseTimeMs === null ? null : duration(responseTimeMs);
  const total = usage?.total_tokens ?? null;
  const short = [model, time, total === null ? null : `${NUMBER.format(total)} tokens`];
  const long = [
    count(usage?.input_tokens, "tokens in"),
    count(usage?.cached_input_tokens, "of them cached"),
    count(usage?.output_tokens, "tokens out"),
    count(usage?.reasoning_tokens, "of them reasoning"),
    usage?.cost_usd === null || usage?.cost_usd === undefined
      ? null
      : `$${usage.cost_usd.toFixed(4)}`,
  ];
  return { short: join(short, " · "), long: join(long, ", ") };
}

function count(value: number | null | undefined, what: string): string | null {
  return value === null || value === undefined ? null : `${NUMBER.format(value)} ${what}`;
}

function join(parts: readonly (string | null)[], separator: string): string {
  return parts.filter((part) => part !== null && part !== "").join(separator);
}

function duration(ms: number): string {
  if (ms < 1000) return `${ms} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}
