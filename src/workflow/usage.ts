/** Sums of what model calls report. */
import type { Usage } from "../contract/messages.ts";
import type { CallUsage } from "./ports/model.ts";
import type { UsageMeter } from "./ports/workflow.ts";

const FIGURES = [
  "input_tokens",
  "output_tokens",
  "total_tokens",
  "cached_input_tokens",
  "reasoning_tokens",
  "cost_usd",
] as const satisfies readonly (keyof CallUsage)[];

/** A meter that goes on from `usage`; without it, it has counted nothing yet. */
export function newMeter(usage: Usage = noUsage()): UsageMeter {
  return { usage, answeredBy: null, untrusted: false };
}

/** The usage of a run before its first model call: nothing is known yet, which is not 0. */
export function noUsage(): Usage {
  return {
    input_tokens: null,
    output_tokens: null,
    total_tokens: null,
    cached_input_tokens: null,
    reasoning_tokens: null,
    cost_usd: null,
    model_calls: 0,
    tool_calls: 0,
  };
}

/** Adds the usage of several calls to another's. */
export function sumUsage(sum: Usage, more: Usage): Usage {
  return {
    ...addUsage(sum, more),
    model_calls: sum.model_calls + more.model_calls,
    tool_calls: sum.tool_calls + more.tool_calls,
  };
}

/** Adds what one call reported; a figure that neither side knows stays null. */
export function addUsage(sum: Usage, call: CallUsage): Usage {
  const next = { ...sum };
  for (const figure of FIGURES) {
    const reported = call[figure];
    if (reported !== null) next[figure] = (sum[figure] ?? 0) + reported;
  }
  return next;
}
