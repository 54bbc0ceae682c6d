/** Usage as servers report it, in one shape. */
import type { CallUsage } from "../../workflow/ports/model.ts";
import type { UsageFigures } from "./chunk.ts";

/** Counts of tokens; what was not reported is null. Cost is null: it comes from a price table, not from here. */
export function normalizeUsage(figures: UsageFigures): CallUsage {
  const input = count(figures.prompt_tokens);
  const output = count(figures.completion_tokens);
  const sum = input === null || output === null ? null : input + output;
  return {
    input_tokens: input,
    output_tokens: output,
    total_tokens: count(figures.total_tokens) ?? sum,
    cached_input_tokens:
      count(figures.prompt_tokens_details?.cached_tokens) ?? count(figures.prompt_cache_hit_tokens),
    reasoning_tokens: count(figures.completion_tokens_details?.reasoning_tokens),
    cost_usd: null,
  };
}

function count(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
