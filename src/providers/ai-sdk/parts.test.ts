import { describe, expect, it } from "vitest";
import type { ModelDelta } from "../../workflow/ports/model.ts";
import { BrokenOff, BrokenToolCall, ReportedError } from "../answer/assembler.ts";
import { costOf } from "../prices.ts";
import { finishPart } from "../testing/ai-sdk.ts";
import type { StreamPart } from "./model.ts";
import { PartAssembler } from "./parts.ts";

function assemble(...parts: StreamPart[]): ModelDelta[] {
  const answer = new PartAssembler("asked", costOf);
  const out: ModelDelta[] = [];
  for (const part of parts) answer.accept(part, out);
  if (answer.finished) answer.finish(out);
  return out;
}

const call = (toolCallId: string, input: string, more: object = {}): StreamPart => ({
  type: "tool-call",
  toolCallId,
  toolName: "f",
  input,
  ...more,
});

describe("parts", () => {
  it("of text and reasoning are passed on, and all others are not shown", () => {
    expect(
      assemble(
        { type: "stream-start", warnings: [] },
        { type: "response-metadata", modelId: "answered" },
        { type: "reasoning-start", id: "r" },
        { type: "reasoning-delta", id: "r", delta: "Hm" },
        { type: "reasoning-end", id: "r" },
        { type: "text-start", id: "t" },
        { type: "text-delta", id: "t", delta: "" },
        { type: "text-delta", id: "t", delta: "a\0\ud83c" },
        { type: "text-delta", id: "t", delta: "\udf0d" },
        { type: "text-end", id: "t" },
        { type: "raw", rawValue: {} },
        { type: "source", sourceType: "url", id: "s", url: "http://x" },
      ),
    ).toEqual([
      { type: "reasoning", text: "Hm" },
      { type: "text", text: "a" },
      { type: "text", text: "🌍" },
    ]);
  });

  it("of tool calls come whole, after all text; those of the provider itself do not", () => {
    const deltas = assemble(
      { type: "tool-input-start", id: "1", toolName: "f" },
      { type: "tool-input-delta", id: "1", delta: '{"x":1}' },
      { type: "tool-input-end", id: "1" },
      call("1", '{"x":1}'),
      call("2", ""),
      call("3", "{}", { providerExecuted: true }),
      { type: "text-delta", id: "t", delta: "later" },
      finishPart({ unified: "tool-calls", raw: "tool_calls" }),
    );
    expect(deltas).toEqual([
      { type: "text", text: "later" },
      { type: "tool_call", call: { tool_call_id: "1", name: "f", arguments: { x: 1 } } },
      { type: "tool_call", call: { tool_call_id: "2", name: "f", arguments: {} } },
      expect.objectContaining({ type: "usage" }),
      { type: "finish", reason: "tool_calls", model: null },
    ]);
  });

  it("of a call that cannot be used are an error", () => {
    const cut = finishPart({ unified: "length", raw: "length" });
    expect(() => assemble(call("1", '{"x":'), cut)).toThrow(BrokenToolCall);
    expect(() => assemble(call("1", '{"x":'), cut)).toThrow("max_tokens");
  });

  it("of an error are thrown", () => {
    expect(() => assemble({ type: "error", error: "oh no" })).toThrow(ReportedError);
  });
});

describe("finish", () => {
  it.each([
    ["stop", "stop"],
    ["length", "length"],
    ["content-filter", "content_filter"],
    ["tool-calls", "stop"],
    ["other", "stop"],
  ] as const)("takes %s without calls as %s", (unified, reason) => {
    expect(assemble(finishPart({ unified, raw: "raw" })).at(-1)).toMatchObject({ reason });
  });

  it.each([
    { unified: "error", raw: "error" },
    { unified: "other", raw: undefined },
    { unified: "interrupted", raw: undefined },
  ] as const)("with the reason %j means an answer that was cut off", (reason) => {
    expect(() => assemble(finishPart(reason))).toThrow(BrokenOff);
  });

  it("has usage with its cost, for the model that answered or the one that was asked", () => {
    const finish = finishPart(undefined, { input: 1_000_000, cached: 500_000, output: 10 });
    const metadata = { type: "response-metadata", modelId: "gpt-4o-mini-2024-07-18" } as const;
    expect(assemble(metadata, finish)).toEqual([
      {
        type: "usage",
        usage: {
          input_tokens: 1_000_000,
          output_tokens: 10,
          total_tokens: 1_000_010,
          cached_input_tokens: 500_000,
          reasoning_tokens: null,
          cost_usd: 0.112506,
        },
      },
      { type: "finish", reason: "stop", model: "gpt-4o-mini-2024-07-18" },
    ]);
    expect(assemble(finish)[0]).toMatchObject({ usage: { cost_usd: null } });
  });

  it("says null for what is unknown", () => {
    expect(assemble(finishPart())[0]).toMatchObject({
      usage: { input_tokens: null, output_tokens: null, total_tokens: null, cost_usd: null },
    });
  });
});
