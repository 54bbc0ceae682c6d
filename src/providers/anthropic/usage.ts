/** Usage as the Messages API reports it, in one shape. */
import type { CallUsage } from "../../workflow/ports/model.ts";
import { tokenCount, withCost } from "../answer/usage.ts";
import type { CostOf } from "../prices.ts";
import type { UsageFigures } from "./events.ts";

/** A later report replaces the figures of an earlier one that it names. */
export function mergeUsage(earlier: UsageFigures | null, later: UsageFigures): UsageFigures {
  const named = Object.entries(later).filter(([, value]) => value !== null && value !== undefined);
  return { ...earlier, ...Object.fromEntries(named) };
}

/** Counts of tokens and their cost; what was not reported is null. Input is all of it, cached or not. */
export function normalizeUsage(
  figures: UsageFigures,
  model: string,
  costOf: CostOf | null,
): CallUsage {
  const fresh = tokenCount(figures.input_tokens);
  const read = tokenCount(figures.cache_read_input_tokens);
  const written = tokenCount(figures.cache_creation_input_tokens);
  const input = fresh === null ? null : fresh + (read ?? 0) + (written ?? 0);
  const output = tokenCount(figures.output_tokens);
  const usage = {
    input_tokens: input,
    output_tokens: output,
    total_tokens: input === null || output === null ? null : input + output,
    cached_input_tokens: read,
    reasoning_tokens: tokenCount(figures.output_tokens_details?.thinking_tokens),
  };
  return withCost(usage, model, written, costOf);
}
