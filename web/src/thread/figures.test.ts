import { expect, test } from "vitest";
import type { Usage } from "../../../src/client/index.ts";
import { allFigures, duration, shortFigures } from "./figures.ts";

const NOTHING: Usage = {
  input_tokens: null,
  output_tokens: null,
  total_tokens: null,
  cached_input_tokens: null,
  reasoning_tokens: null,
  cost_usd: null,
  model_calls: 1,
  tool_calls: 0,
};

function short(usage: Partial<Usage>): string {
  return shortFigures({ model: "m", responseTimeMs: 1500, usage: { ...NOTHING, ...usage } });
}

test("the short line has who, how long, what went in and out, and the cost", () => {
  const usage = { input_tokens: 1200, output_tokens: 34, total_tokens: 1234, cost_usd: 0.00123 };
  expect(short(usage)).toBe("m · 1.5 s · 1,200 tokens in, 34 out · $0.0012");
});

test("what nobody reported is left out, and a sum alone is shown as one", () => {
  expect(short({})).toBe("m · 1.5 s");
  expect(short({ total_tokens: 7 })).toBe("m · 1.5 s · 7 tokens");
  expect(shortFigures({ model: null, responseTimeMs: null, usage: null })).toBe("");
});

test.each([
  [0, "$0.00"],
  [0.5, "$0.50"],
  [12.345, "$12.35"],
  [0.05, "$0.05"],
  [0.0004567, "$0.00046"],
  [0.000_000_8, "$0.0000008"],
])("a cost of %d is %s", (cost_usd, said) => {
  expect(short({ cost_usd })).toBe(`m · 1.5 s · ${said}`);
});

test("everything that is known can be looked up, calls included", () => {
  const usage = { ...NOTHING, input_tokens: 10, cached_input_tokens: 4, tool_calls: 2 };
  expect(allFigures({ model: "m", responseTimeMs: 90, usage })).toEqual([
    ["Model", "m"],
    ["Time", "90 ms"],
    ["Tokens in", "10"],
    ["of them cached", "4"],
    ["Model calls", "1"],
    ["Tool calls", "2"],
  ]);
});

test("times are said as people say them", () => {
  expect([0, 999, 1000, 59_949, 119_700].map(duration)).toEqual([
    "0 ms",
    "999 ms",
    "1.0 s",
    "59.9 s",
    "2 min 0 s",
  ]);
});
