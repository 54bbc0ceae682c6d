/** Usage as chat-completions servers report it, in one shape. */
import type { CallUsage } from "../../workflow/ports/model.ts";
import { tokenCount, withCost } from "../answer/usage.ts";
import type { CostOf } from "../prices.ts";
import type { UsageFigures } from "./chunk.ts";

/** Counts of tokens and their cost; what was not reported is null. `model` is the one that answered. */
export function normalizeUsage(
  figures: UsageFigures,
  model: string,
  costOf: CostOf | null,
): CallUsage {
  const input = tokenCount(figures.prompt_tokens);
  const output = tokenCount(figures.completion_tokens);
  const sum = input === null || output === null ? null : input + output;
  const details = figures.prompt_tokens_details;
  const usage = {
    input_tokens: input,
    output_tokens: output,
    total_tokens: tokenCount(figures.total_tokens) ?? sum,
    cached_input_tokens:
      tokenCount(details?.cached_tokens) ?? tokenCount(figures.prompt_cache_hit_tokens),
    reasoning_tokens: tokenCount(figures.completion_tokens_details?.reasoning_tokens),
  };
  return withCost(usage, model, tokenCount(details?.cache_write_tokens), costOf);
}
