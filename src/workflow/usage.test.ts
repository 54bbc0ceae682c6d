import { describe, expect, it } from "vitest";
import type { CallUsage } from "./ports/model.ts";
import { addUsage, noUsage } from "./usage.ts";

function reported(figures: Partial<CallUsage>): CallUsage {
  const { model_calls: _model, tool_calls: _tool, ...nothing } = noUsage();
  return { ...nothing, ...figures };
}

describe("addUsage", () => {
  it("sums each figure", () => {
    const first = addUsage(noUsage(), reported({ input_tokens: 3, cost_usd: 0.25 }));
    const second = addUsage(first, reported({ input_tokens: 4, cost_usd: 0.5 }));
    expect(second).toMatchObject({ input_tokens: 7, cost_usd: 0.75 });
  });

  it("keeps null for what nobody reported, and 0 for what was reported as 0", () => {
    const sum = addUsage(noUsage(), reported({ cached_input_tokens: 0 }));
    expect(sum).toEqual({ ...noUsage(), cached_input_tokens: 0 });
  });

  it("keeps a sum when a later call reports nothing", () => {
    const first = addUsage(noUsage(), reported({ output_tokens: 3 }));
    expect(addUsage(first, reported({}))).toEqual(first);
  });

  it("leaves the counts of calls, and its input, alone", () => {
    const before = Object.freeze({ ...noUsage(), model_calls: 2, tool_calls: 1 });
    expect(addUsage(before, reported({ total_tokens: 1 }))).toEqual({ ...before, total_tokens: 1 });
  });
});
