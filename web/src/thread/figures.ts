/** Time, usage and cost of an answer. A figure that nobody reported is left out. */
import type { Answer } from "./answer.ts";

const NUMBER = new Intl.NumberFormat("en");

type Figures = Pick<Answer, "model" | "responseTimeMs" | "usage">;

/** What is always in sight: who answered, how long it took, what went in and out, what it cost. */
export function shortFigures({ model, responseTimeMs, usage }: Figures): string {
  const parts = [
    model,
    responseTimeMs === null ? null : duration(responseTimeMs),
    tokensOf(usage),
    usage && costOf(usage.cost_usd),
  ];
  return parts.filter((part) => part !== null && part !== "").join(" · ");
}

function tokensOf(usage: Figures["usage"]): string | null {
  if (!usage) return null;
  const { input_tokens: input, output_tokens: output, total_tokens: total } = usage;
  if (input === null || output === null) {
    return total === null ? null : `${NUMBER.format(total)} tokens`;
  }
  return `${NUMBER.format(input)} tokens in, ${NUMBER.format(output)} out`;
}

/** Everything that is known, to look up. */
export function allFigures({ model, responseTimeMs, usage }: Figures): [string, string][] {
  const count = (name: string, value: number | null | undefined): [string, string | null] => [
    name,
    value === null || value === undefined ? null : NUMBER.format(value),
  ];
  const all: [string, string | null][] = [
    ["Model", model],
    ["Time", responseTimeMs === null ? null : duration(responseTimeMs)],
    count("Tokens in", usage?.input_tokens),
    count("of them cached", usage?.cached_input_tokens),
    count("Tokens out", usage?.output_tokens),
    count("of them reasoning", usage?.reasoning_tokens),
    ["Cost", usage ? costOf(usage.cost_usd) : null],
    count("Model calls", usage?.model_calls),
    count("Tool calls", usage?.tool_calls),
  ];
  return all.filter((figure): figure is [string, string] => figure[1] !== null);
}

const CURRENCY = { style: "currency", currency: "USD" } as const;
const CENTS = new Intl.NumberFormat("en", CURRENCY);
const LESS = new Intl.NumberFormat("en", { ...CURRENCY, maximumSignificantDigits: 2 });

/** Below a cent, two digits that say something. */
function costOf(usd: number | null): string | null {
  if (usd === null) return null;
  return (usd === 0 || usd >= 0.01 ? CENTS : LESS).format(usd);
}

/** A time as people say it. */
export function duration(ms: number): string {
  if (ms < 1000) return `${ms} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
