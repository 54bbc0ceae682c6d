/** What a call cost, and how much a model can read: look-ups in the price table. */
import type { CallUsage } from "../workflow/ports/model.ts";
import { type ModelPrice, PRICES } from "./price-table.ts";

/** How a provider asks what a call cost, in USD; `cacheWriteTokens` is the part of the input that was cached anew. */
export type CostOf = (
  model: string,
  usage: CallUsage,
  cacheWriteTokens?: number | null,
) => number | null;

/**
 * The cost of a call in USD. Null when the model is not in the table, when input or output tokens are unknown, or
 * when tokens were read from a cache at a price that is unknown. A provider that reports no cache read is billed for none.
 */
export function costOf(
  model: string,
  usage: CallUsage,
  cacheWriteTokens: number | null = null,
): number | null {
  const price = find(model);
  const { input_tokens: input, output_tokens: output } = usage;
  if (!price || input === null || output === null) return null;
  const cached = Math.min(usage.cached_input_tokens ?? 0, input);
  if (cached > 0 && price.cachedInput === null) return null;
  const written = Math.min(cacheWriteTokens ?? 0, input - cached);
  const read =
    price.input * (input - cached - written + written * price.cacheWriteFactor) +
    (price.cachedInput ?? 0) * cached;
  const long = price.long && input > price.long.above ? price.long : { input: 1, output: 1 };
  return roundUsd((read * long.input + price.output * output * long.output) / 1_000_000);
}

/** The context window of a model in tokens, or null where it is not in the table. */
export function contextWindowOf(model: string): number | null {
  return find(model)?.contextWindow ?? null;
}

/** Finds a model under the names that providers give it: dated, as `latest`, or behind its maker's name. */
function find(model: string): ModelPrice | undefined {
  const name = model.trim().toLowerCase();
  const bare = name.slice(name.lastIndexOf("/") + 1);
  // OpenRouter writes versions of Claude with a dot.
  const exact = bare.startsWith("claude-") ? bare.replaceAll(".", "-") : bare;
  const undated = exact.replace(/(?:[-@](?:\d{4}-\d{2}-\d{2}|\d{8})|-latest)$/, "");
  return own(exact) ?? own(undated);
}

function own(name: string): ModelPrice | undefined {
  return Object.hasOwn(PRICES, name) ? PRICES[name] : undefined;
}

/** Ten decimals: far below the price of one token, and without the dust of binary fractions. */
function roundUsd(amount: number): number {
  return Number(amount.toFixed(10));
}
