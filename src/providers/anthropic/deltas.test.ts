import { describe, expect, it } from "vitest";
import type { CallUsage, ModelDelta } from "../../workflow/ports/model.ts";
import { type CostOf, costOf } from "../prices.ts";
import type { StreamEvent } from "./events.ts";
import { MessageAssembler } from "./deltas.ts";
import { ThinkingTurns } from "./turns.ts";

interface Options {
  readonly cost?: CostOf;
  readonly turns?: ThinkingTurns;
}

function assemble(events: StreamEvent[], options: Options = {}): ModelDelta[] {
  const turns = options.turns ?? new ThinkingTurns();
  const answer = new MessageAssembler("claude-haiku-4-5", options.cost ?? null, turns);
  const out: ModelDelta[] = [];
  for (const event of events) answer.accept(event, "", out);
  answer.finish(out);
  return out;
}

function usageOf(events: StreamEvent[], cost?: CostOf): CallUsage | undefined {
  const delta = assemble(events, cost && { cost }).find(({ type }) => type === "usage");
  return delta?.type === "usage" ? delta.usage : undefined;
}

function start(usage: object, model: string | null = null): StreamEvent {
  return { type: "message_start", message: { model, usage } };
}

function end(stop_reason: string | null, usage: object | null = null): StreamEvent {
  return { type: "message_delta", delta: { stop_reason }, usage };
}

function block(index: number, content_block: object, ...deltas: object[]): StreamEvent[] {
  return [
    { type: "content_block_start", index, content_block },
    ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
  ];
}

describe("usage", () => {
  it("counts what was read from the cache and written to it as input", () => {
    const usage = usageOf([
      start({ input_tokens: 10, cache_read_input_tokens: 70, cache_creation_input_tokens: 20 }),
      end("end_turn", { output_tokens: 5, output_tokens_details: { thinking_tokens: 3 } }),
    ]);
    expect(usage).toEqual({
      input_tokens: 100,
      output_tokens: 5,
      total_tokens: 105,
      cached_input_tokens: 70,
      reasoning_tokens: 3,
      cost_usd: null,
    });
  });

  it("takes the last report of each figure", () => {
    const usage = usageOf([
      start({ input_tokens: 10, cache_read_input_tokens: 0, output_tokens: 1 }),
      end(null, { input_tokens: 11, cache_read_input_tokens: null, output_tokens: 4 }),
      end("end_turn", { output_tokens: 9 }),
    ]);
    expect(usage).toMatchObject({ input_tokens: 11, cached_input_tokens: 0, output_tokens: 9 });
  });

  it("says null for what is unknown, and nothing where nothing was reported", () => {
    expect(usageOf([start({ output_tokens: 1 }), end("end_turn")])).toMatchObject({
      input_tokens: null,
      output_tokens: 1,
      total_tokens: null,
      cached_input_tokens: null,
      reasoning_tokens: null,
    });
    expect(usageOf([end("end_turn")])).toBeUndefined();
  });

  it("costs what the table says: fresh, read from the cache, written to it, and output", () => {
    const figures = {
      input_tokens: 100_000,
      cache_read_input_tokens: 500_000,
      cache_creation_input_tokens: 400_000,
      output_tokens: 100_000,
    };
    // 0.1 of fresh input, 0.05 read, 0.5 written, 0.5 of output.
    expect(usageOf([start(figures)], costOf)?.cost_usd).toBe(1.15);
    expect(usageOf([start(figures, "claude-sonnet-4-6")], costOf)?.cost_usd).toBe(3.45);
    expect(usageOf([start(figures, "another")], costOf)?.cost_usd).toBeNull();
  });
});

describe("finish", () => {
  const use = block(0, { type: "tool_use", id: "t", name: "f", input: {} });
  it.each([
    ["end_turn", [], "stop"],
    ["stop_sequence", [], "stop"],
    ["pause_turn", [], "stop"],
    ["max_tokens", [], "length"],
    ["model_context_window_exceeded", [], "length"],
    ["refusal", [], "content_filter"],
    ["tool_use", use, "tool_calls"],
    ["tool_use", [], "stop"],
    ["end_turn", use, "tool_calls"],
    ["toString", [], "stop"],
  ] as [string, StreamEvent[], string][])("takes %s as it is meant", (reason, events, expected) => {
    expect(assemble([...events, end(reason)]).at(-1)).toMatchObject({ reason: expected });
  });

  it("names the model that answered", () => {
    expect(assemble([start({}, "claude-x")]).at(-1)).toMatchObject({ model: "claude-x" });
    expect(assemble([]).at(-1)).toMatchObject({ model: null });
  });
});

describe("blocks", () => {
  it("may begin with their content", () => {
    const out = assemble([
      ...block(0, { type: "thinking", thinking: "Hm" }),
      ...block(1, { type: "text", text: "Ye" }, { type: "text_delta", text: "s" }),
      ...block(2, { type: "tool_use", id: "t", name: "f", input: { x: 1 } }),
    ]);
    expect(out.slice(0, 4)).toEqual([
      { type: "reasoning", text: "Hm" },
      { type: "text", text: "Ye" },
      { type: "text", text: "s" },
      { type: "tool_call", call: { tool_call_id: "t", name: "f", arguments: { x: 1 } } },
    ]);
  });

  it("of kinds that nobody asked for are passed over", () => {
    const out = assemble([
      ...block(0, { type: "server_tool_use", id: "s", name: "web_search" }),
      ...block(1, { type: "text" }, { type: "citations_delta", citation: {} }, {}),
      { type: "content_block_delta", index: 9, delta: { type: "text_delta", text: "a" } },
      { type: "content_block_start", content_block: null },
      { type: "message_start", message: null },
    ]);
    expect(out.map(({ type }) => type)).toEqual(["text", "finish"]);
  });
});

describe("thinking", () => {
  const thought = block(
    0,
    { type: "thinking", thinking: "", signature: "" },
    { type: "thinking_delta", thinking: "Hm" },
    { type: "signature_delta", signature: "c2" },
    { type: "signature_delta", signature: "ln" },
  );
  const use = block(
    3,
    { type: "tool_use", id: "t.1", name: "f", input: {} },
    { type: "input_json_delta", partial_json: '{"x":1}' },
  );
  const calls = [{ tool_call_id: "t.1", name: "f", arguments: { x: 1 } }];

  it("is remembered with all that came with it, in its order", () => {
    const turns = new ThinkingTurns();
    const between = block(1, { type: "text", text: "I see." });
    const redacted = block(2, { type: "redacted_thinking", data: "ZZ" });
    assemble([...thought, ...between, ...redacted, ...use], { turns });
    expect(turns.recall("claude-haiku-4-5", calls)).toEqual([
      { type: "thinking", thinking: "Hm", signature: "c2ln" },
      { type: "text", text: "I see." },
      { type: "redacted_thinking", data: "ZZ" },
      { type: "tool_use", id: "t_1", name: "f", input: { x: 1 } },
    ]);
  });

  it("is not, where it led to no call; nor are calls without it", () => {
    const turns = new ThinkingTurns();
    assemble([...thought, ...block(1, { type: "text", text: "Yes." })], { turns });
    assemble(use, { turns });
    expect(turns.recall("claude-haiku-4-5", calls)).toBeUndefined();
    expect(turns.recall("claude-haiku-4-5", [])).toBeUndefined();
  });
});
