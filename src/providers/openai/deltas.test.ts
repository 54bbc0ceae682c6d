import { describe, expect, it } from "vitest";
import type { ModelDelta } from "../../workflow/ports/model.ts";
import { BrokenOff, ReportedError } from "../answer/assembler.ts";
import { costOf } from "../prices.ts";
import type { Chunk, ChunkDelta } from "./chunk.ts";
import { ChatCompletionAssembler } from "./deltas.ts";

function assemble(...chunks: Chunk[]): ModelDelta[] {
  const answer = new ChatCompletionAssembler("asked", null);
  const out: ModelDelta[] = [];
  for (const chunk of chunks) answer.accept(chunk, "", out);
  answer.finish(out);
  return out;
}

function delta(delta: ChunkDelta | null, finish_reason: string | null = null): Chunk {
  return { choices: [{ delta, finish_reason }] };
}

function calls(...fragments: object[]): ModelDelta[] {
  return assemble(
    ...fragments.map((fragment) => delta({ tool_calls: [fragment] })),
    delta({}, "tool_calls"),
  ).filter((item) => item.type === "tool_call");
}

const finish = (reason: string, model: string | null = null): object => ({
  type: "finish",
  reason,
  model,
});

function call(id: string, name: string, args: object): object {
  return { type: "tool_call", call: { tool_call_id: id, name, arguments: args } };
}

describe("text", () => {
  it("passes text and reasoning on, and nothing for role, null and empty content", () => {
    expect(
      assemble(
        delta({ content: "" }),
        delta({ content: null, reasoning_content: "Hm" }),
        delta({ content: null, reasoning: "m", reasoning_content: null }),
        delta({ content: "Yes" }),
        delta(null),
        delta({}, "stop"),
      ),
    ).toEqual([
      { type: "reasoning", text: "Hm" },
      { type: "reasoning", text: "m" },
      { type: "text", text: "Yes" },
      finish("stop"),
    ]);
  });

  it("takes reasoning once where a server writes both names", () => {
    const out = assemble(delta({ reasoning: "Hm", reasoning_content: "Hm" }), delta({}, "stop"));
    expect(out).toEqual([{ type: "reasoning", text: "Hm" }, finish("stop")]);
  });

  it("drops U+0000, keeps a character that is cut in two, replaces half of one", () => {
    const out = assemble(
      delta({ content: "a\0b" }),
      delta({ content: "\0" }),
      delta({ content: "\ud83c" }),
      delta({ content: "\udf0d!" }),
      delta({ content: "\ud83c" }),
    );
    expect(out.map((item) => (item.type === "text" ? item.text : ""))).toEqual([
      "ab",
      "🌍!",
      "\ufffd",
      "",
    ]);
  });

  it("reads content in parts, thinking included", () => {
    const content = [
      { type: "thinking", thinking: [{ type: "text", text: "Hm" }] },
      { type: "text", text: "Yes" },
    ];
    expect(assemble(delta({ content }), delta({}, "stop"))).toEqual([
      { type: "reasoning", text: "Hm" },
      { type: "text", text: "Yes" },
      finish("stop"),
    ]);
  });

  it("copes with shapes that are none", () => {
    const odd = [{}, { choices: null }, { choices: [] }, { choices: [null] }, { choices: "x" }];
    const more = [
      { usage: true },
      { choices: [{ delta: "x" }] },
      { choices: [{ delta: { content: 5 } }] },
    ];
    expect(assemble(...([...odd, ...more] as unknown as Chunk[]))).toHaveLength(2);
  });
});

describe("usage", () => {
  const unknown = {
    total_tokens: null,
    cached_input_tokens: null,
    reasoning_tokens: null,
    cost_usd: null,
  };

  it("is normalised, the last report counts, and cost is unknown without a price table", () => {
    const out = assemble(
      { choices: [{ delta: { content: "a" } }], usage: { prompt_tokens: 1 } },
      {
        choices: [],
        usage: {
          prompt_tokens: 10,
          completion_tokens: 5,
          total_tokens: 15,
          prompt_tokens_details: { cached_tokens: 4 },
          completion_tokens_details: { reasoning_tokens: 2 },
        },
      },
      { choices: [], usage: null },
    );
    expect(out[1]).toEqual({
      type: "usage",
      usage: {
        input_tokens: 10,
        output_tokens: 5,
        total_tokens: 15,
        cached_input_tokens: 4,
        reasoning_tokens: 2,
        cost_usd: null,
      },
    });
  });

  it("says null for what is unknown", () => {
    expect(assemble({ usage: { prompt_tokens: 3 } })[0]).toEqual({
      type: "usage",
      usage: { input_tokens: 3, output_tokens: null, ...unknown },
    });
    expect(assemble({ usage: { prompt_tokens: -1, completion_tokens: 1.5 } })[0]).toEqual({
      type: "usage",
      usage: { input_tokens: null, output_tokens: null, ...unknown },
    });
    expect(assemble(delta({ content: "a" }, "stop")).some((item) => item.type === "usage")).toBe(
      false,
    );
  });

  it.each<[string, Chunk]>([
    ["Groq", { x_groq: { usage: { prompt_tokens: 3 } } }],
    ["Moonshot", { choices: [{ delta: {}, usage: { prompt_tokens: 3 } }] }],
  ])("is found where %s puts it", (_server, chunk) => {
    expect(assemble(chunk)[0]).toMatchObject({ usage: { input_tokens: 3 } });
  });

  it("costs what the table says for the model that answered, or else the one that was asked", () => {
    const usage = {
      prompt_tokens: 1_000_000,
      completion_tokens: 1_000_000,
      prompt_tokens_details: { cached_tokens: 500_000, cache_write_tokens: 100_000 },
    };
    const cost = (...chunks: Chunk[]): unknown => {
      const answer = new ChatCompletionAssembler("gpt-4o-mini", costOf);
      const out: ModelDelta[] = [];
      for (const chunk of chunks) answer.accept(chunk, "", out);
      answer.finish(out);
      const [delta] = out;
      return delta?.type === "usage" && delta.usage.cost_usd;
    };
    expect(cost({ usage })).toBe(0.7125);
    expect(cost({ usage, model: "gpt-5.6-luna-2026-07-09" })).toBe(2.03);
    expect(cost({ usage, model: "llama" })).toBeNull();
  });

  it("reads DeepSeek's cached tokens", () => {
    const [usage] = assemble({ usage: { prompt_tokens: 3, prompt_cache_hit_tokens: 2 } });
    expect(usage).toMatchObject({ usage: { cached_input_tokens: 2 } });
  });
});

describe("finish", () => {
  it.each([
    ["stop", "stop"],
    ["length", "length"],
    ["content_filter", "content_filter"],
    ["tool_calls", "stop"],
    ["eos", "stop"],
    ["toString", "stop"],
  ])("takes %s without calls as %s", (reported, expected) => {
    expect(assemble(delta({ content: "a" }, reported)).at(-1)).toEqual(finish(expected));
  });

  it("names the model that answered", () => {
    expect(assemble({ model: "gpt-4o-mini-2024", choices: [] })).toEqual([
      finish("stop", "gpt-4o-mini-2024"),
    ]);
  });

  it("comes after calls and usage, and says tool_calls even where the server says stop", () => {
    const fragment = { index: 0, id: "a", function: { name: "f", arguments: "{}" } };
    const out = assemble(delta({ tool_calls: [fragment] }), delta({}, "stop"), { usage: {} });
    expect(out.map((item) => item.type)).toEqual(["tool_call", "usage", "finish"]);
    expect(out.at(-1)).toEqual(finish("tool_calls"));
  });

  it("is refused where the reason means a broken answer, or the server reports an error", () => {
    expect(() => assemble(delta({}, "insufficient_system_resource"))).toThrow(BrokenOff);
    expect(() => assemble({ error: "model crashed" })).toThrow(ReportedError);
    expect(() => assemble({ object: "error" })).toThrow(ReportedError);
  });
});

describe("tool calls", () => {
  it("are put together by index, interleaved", () => {
    expect(
      calls(
        { index: 0, id: "a", function: { name: "f", arguments: "" } },
        { index: 1, id: "b", function: { name: "g", arguments: '{"y"' } },
        { index: 0, function: { arguments: '{"x":' } },
        { index: 1, function: { arguments: ":2}" } },
        { index: 0, function: { arguments: "1}" } },
      ),
    ).toEqual([call("a", "f", { x: 1 }), call("b", "g", { y: 2 })]);
  });

  it("keep repeated ids and names of one call together (vLLM, LM Studio)", () => {
    expect(
      calls(
        { index: 0, id: "a", function: { name: "f", arguments: '{"x":' } },
        { index: 0, id: "a", function: { name: "f", arguments: "1}" } },
        { index: 0, id: "", function: { name: null, arguments: "" } },
      ),
    ).toEqual([call("a", "f", { x: 1 })]);
  });

  it("are told apart by id where every index is 0 (Ollama)", () => {
    expect(
      calls(
        { index: 0, id: "a", function: { name: "f", arguments: "{}" } },
        { index: 0, id: "b", function: { name: "g", arguments: "{}" } },
      ),
    ).toEqual([call("a", "f", {}), call("b", "g", {})]);
  });

  it("need neither index nor id (Gemini, whole messages), and get ids that differ", () => {
    const out = calls(
      { function: { name: "f", arguments: '{"x":1}' } },
      { function: { name: "f", arguments: { x: 2 } } },
      { id: "same", function: { name: "f", arguments: "" } },
      { index: 3, id: "same2", function: { name: "f" } },
    );
    const ids = out.map((item) => (item.type === "tool_call" ? item.call.tool_call_id : ""));
    expect(new Set(ids).size).toBe(4);
    expect(ids[0]).toMatch(/^call_/);
    expect(out[1]).toMatchObject({ call: { name: "f", arguments: { x: 2 } } });
  });

  it("lose U+0000 in their arguments, at any depth", () => {
    const args = '{"a\\u0000":["b\\u0000",{"c":"d\\u0000"}]}';
    expect(calls({ index: 0, id: "a", function: { name: "f", arguments: args } })).toEqual([
      call("a", "f", { a: ["b", { c: "d" }] }),
    ]);
  });

  it.each([
    ['{"x":', "not valid JSON"],
    ["[1]", "no object"],
    ['"x"', "no object"],
  ])("with the arguments %j are an error", (args, message) => {
    expect(() => calls({ index: 0, id: "a", function: { name: "f", arguments: args } })).toThrow(
      message,
    );
  });

  it("without a name are an error", () => {
    expect(() => calls({ index: 0, id: "a", function: { arguments: "{}" } })).toThrow(
      "without a name",
    );
  });
});
