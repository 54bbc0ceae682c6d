import { describe, expect, it } from "vitest";
import type { CallUsage } from "../workflow/ports/model.ts";
import { PRICES } from "./price-table.ts";
import { contextWindowOf, costOf } from "./prices.ts";

function usage(input: number | null, output: number | null, cached: number | null): CallUsage {
  return {
    input_tokens: input,
    output_tokens: output,
    total_tokens: null,
    cached_input_tokens: cached,
    reasoning_tokens: null,
    cost_usd: null,
  };
}

describe("costOf", () => {
  it("adds input, cached input and output, each at its rate", () => {
    expect(costOf("gpt-4o-mini", usage(1_000_000, 0, 0))).toBe(0.15);
    expect(costOf("gpt-4o-mini", usage(1_000_000, 0, 1_000_000))).toBe(0.075);
    expect(costOf("gpt-4o-mini", usage(0, 1_000_000, 0))).toBe(0.6);
    expect(costOf("gpt-4o-mini", usage(1_000, 500, 400))).toBe(0.00042);
  });

  it("takes a cache read that nobody reported for none", () => {
    expect(costOf("gpt-4o", usage(1_000_000, 0, null))).toBe(2.5);
  });

  it("bills what was written to the cache above the ordinary rate, where the maker does", () => {
    expect(costOf("claude-haiku-4-5", usage(1_000_000, 0, 0), 400_000)).toBe(1.1);
    expect(costOf("gpt-4o", usage(1_000_000, 0, 0), 400_000)).toBe(2.5);
  });

  it("bills a long request at the long rates, all of it, and the last short one at the short ones", () => {
    expect(costOf("gpt-5.4", usage(272_000, 0, 0))).toBe(0.68);
    expect(costOf("gpt-5.4", usage(272_001, 1_000, 1))).toBe(1.3825005);
    expect(costOf("claude-haiku-5-5", usage(200_000, 10_000, 100_000))).toBe(0.08);
  });

  it("never bills more tokens than there were", () => {
    expect(costOf("gpt-4o", usage(10, 0, 1_000_000))).toBe(0.0000125);
    expect(costOf("claude-haiku-4-5", usage(10, 0, 10), 1_000_000)).toBe(0.000001);
  });

  it("is null where the model or a figure that is needed is unknown", () => {
    expect(costOf("llama3.2", usage(1, 1, 0))).toBeNull();
    expect(costOf("toString", usage(1, 1, 0))).toBeNull();
    expect(costOf("gpt-4o", usage(null, 1, 0))).toBeNull();
    expect(costOf("gpt-4o", usage(1, null, 0))).toBeNull();
    expect(costOf("gpt-4-turbo", usage(2, 1, 1))).toBeNull();
    expect(costOf("gpt-4-turbo", usage(1_000_000, 0, 0))).toBe(10);
  });
});

describe("a model's name", () => {
  const million = usage(1_000_000, 0, 0);
  it.each([
    ["gpt-4o-mini-2024-07-18", 0.15],
    ["claude-sonnet-4-5-20250929", 3],
    ["claude-sonnet-4-20250514", 3],
    ["claude-haiku-4-5@20251001", 1],
    ["claude-3-5-haiku-latest", 0.8],
    ["openai/gpt-4o-mini", 0.15],
    ["openrouter/anthropic/claude-sonnet-4.5", 3],
    [" GPT-4o ", 2.5],
    ["gpt-4o-2024-05-13", 5],
    ["gpt-4o-2024-08-06", 2.5],
  ])("%s is found", (model, cost) => {
    expect(costOf(model, million)).toBe(cost);
  });

  it.each(["gpt-4o-mini:free", "ft:gpt-4o-mini", "gpt-4o-realtime", "gpt-4o-audio-preview", "gpt"])(
    "%s is another model",
    (model) => {
      expect(costOf(model, million)).toBeNull();
    },
  );
});

describe("contextWindowOf", () => {
  it("knows the models of the table, and no others", () => {
    expect(contextWindowOf("gpt-4o-mini-2024-07-18")).toBe(128_000);
    expect(contextWindowOf("anthropic/claude-sonnet-5-5")).toBe(1_000_000);
    expect(contextWindowOf("llama3.2")).toBeNull();
  });
});

describe("the table", () => {
  it.each(Object.entries(PRICES))("is plausible for %s", (_model, price) => {
    expect(price.input).toBeGreaterThan(0);
    expect(price.output).toBeGreaterThan(price.input);
    expect(price.cachedInput ?? 0).toBeLessThan(price.input);
    expect(price.contextWindow).toBeGreaterThanOrEqual(8_192);
    expect(price.long?.above ?? 0).toBeLessThan(price.contextWindow);
  });
});
