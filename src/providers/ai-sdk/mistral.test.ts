/** A real package, with a stub server in the place of its own. */
import { describe, expect, it } from "vitest";
import type { ModelDelta } from "../../workflow/ports/model.ts";
import { ask, collect, never, textOf } from "../testing/collect.ts";
import { createMistralProvider, mistralSteps } from "../testing/mistral.ts";
import { failing, type Pair, pair as pairOf, run, streaming } from "../testing/pair.ts";
import {
  chunk,
  DESTROY,
  DONE,
  HANG,
  type StubAnswer,
  type StubStep,
} from "../testing/stub-upstream.ts";

function pair(answers: StubAnswer[], settings: Parameters<typeof pairOf>[1] = {}): Promise<Pair> {
  return pairOf(answers, settings, createMistralProvider);
}

describe("@ai-sdk/mistral", () => {
  it("gets messages and tools, and answers with text, usage and the model", async () => {
    const { provider, upstream } = await pair([streaming(...mistralSteps("Hel", "lo"))]);
    const tool = { name: "f", description: "d", parameters: { type: "object", properties: {} } };
    const deltas = await collect(
      provider.stream(ask("hi", { tools: [tool], temperature: 0.5, max_tokens: 5 }), never()),
    );
    expect(upstream.requests[0]?.body).toMatchObject({
      model: "stub",
      stream: true,
      temperature: 0.5,
      max_tokens: 5,
      tools: [{ type: "function", function: { name: "f", description: "d" } }],
    });
    expect(deltas).toEqual([
      { type: "text", text: "Hel" },
      { type: "text", text: "lo" },
      {
        type: "usage",
        usage: expect.objectContaining({ input_tokens: 7, output_tokens: 2, total_tokens: 9 }),
      },
      { type: "finish", reason: "stop", model: "stub" },
    ]);
  });

  it("thinks, calls tools, and gets their results", async () => {
    const thinking = [{ type: "thinking", thinking: [{ type: "text", text: "Hm" }] }];
    const call = (id: string, args: string): object => ({
      tool_calls: [{ id, function: { name: "f", arguments: args } }],
    });
    const { provider, upstream } = await pair([
      streaming(
        chunk({ role: "assistant", content: thinking }),
        chunk(call("call00001", '{"x":1}'), "tool_calls", {
          usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
        }),
        DONE,
      ),
      streaming(...mistralSteps("done")),
    ]);
    const first = await collect(provider.stream(ask("hi"), never()));
    const calls = first.flatMap((delta) => (delta.type === "tool_call" ? [delta.call] : []));
    expect(textOf(first, "reasoning")).toBe("Hm");
    expect(calls).toEqual([{ tool_call_id: "call00001", name: "f", arguments: { x: 1 } }]);
    expect(first.at(-1)).toMatchObject({ reason: "tool_calls" } satisfies Partial<ModelDelta>);
    const request = ask("hi", {
      messages: [
        { role: "user", content: "hi" },
        { role: "assistant", content: "", tool_calls: calls },
        { role: "tool", content: "42", tool_call_id: "call00001" },
      ],
    });
    expect(textOf(await collect(provider.stream(request, never())))).toBe("done");
    expect(upstream.requests[1]?.body).toMatchObject({
      messages: [
        {},
        { role: "assistant", tool_calls: [{ id: "call00001" }] },
        { role: "tool", name: "f", content: "42", tool_call_id: "call00001" },
      ],
    });
  });

  it.each([
    ["a cut", [chunk({ content: "par" })]],
    ["a reset", [chunk({ content: "par" }), { waitMs: 20 }, DESTROY]],
    ["half a frame", [chunk({ content: "par" }), 'data: {"cho']],
  ] as [string, StubStep[]][])(
    "turns %s into an error, never a short answer",
    async (_name, steps) => {
      const one = await pair([streaming(...steps)]);
      const { deltas, error } = await run(one);
      expect(textOf(deltas)).toBe("par");
      expect(deltas.some(({ type }) => type === "finish")).toBe(false);
      expect(error).toMatchObject({ code: "PROVIDER_ERROR", retryable: false });
      expect(one.upstream.requests).toHaveLength(1);
    },
  );

  it("is tried again after an error that may pass", async () => {
    const one = await pair([
      failing(503, { message: "busy" }),
      failing(429, { message: "slow" }, { "retry-after": "0" }),
      streaming(...mistralSteps("ok")),
    ]);
    expect(textOf((await run(one)).deltas)).toBe("ok");
    expect(one.upstream.requests).toHaveLength(3);
  });

  it.each([
    [401, "the key that @ai-sdk/mistral reads"],
    [404, "Check the model name"],
    [400, "Check the model name"],
  ])("with status %i says what to check", async (status, part) => {
    const one = await pair([failing(status, { object: "error", message: "said so" })]);
    const { error } = await run(one);
    expect(error).toMatchObject({ code: "PROVIDER_ERROR", retryable: false });
    expect(error.message).toContain(part);
    expect(error.message).toContain("said so");
    expect(one.upstream.requests).toHaveLength(1);
  });

  it("carries Retry-After", async () => {
    const one = await pair([failing(429, { message: "slow" }, { "retry-after": "90" })]);
    expect((await run(one)).error).toMatchObject({
      code: "PROVIDER_RATE_LIMITED",
      retryAfterMs: 90_000,
    });
  });

  it("names the address that it could not reach", async () => {
    const one = await pair([streaming()]);
    await one.upstream.close();
    const { error } = await run(one);
    expect(error).toMatchObject({ code: "PROVIDER_ERROR", retryable: true });
    expect(error.message).toContain("ECONNREFUSED");
    expect(error.message).toContain(one.upstream.baseUrl);
  });

  it.each([
    ["first token", { firstTokenMs: 60 }, { headersDelayMs: 5_000 }, ""],
    ["idle", { idleMs: 60 }, streaming(chunk({ content: "par" }), HANG), "par"],
  ])("keeps the time limit: %s", async (_name, limits, answer, text) => {
    const one = await pair([answer], { limits });
    const { deltas, error } = await run(one);
    expect(textOf(deltas)).toBe(text);
    expect(error).toMatchObject({ code: "PROVIDER_TIMEOUT" });
    expect(await one.upstream.requests[0]?.closed).toBe(true);
  });
});
