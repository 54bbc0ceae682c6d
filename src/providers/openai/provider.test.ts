import { describe, expect, it } from "vitest";
import { ProviderError, WorkflowConfigurationError } from "../../workflow/errors.ts";
import { ask, collect, never, textOf } from "../testing/collect.ts";
import { failing, pair, run, streaming } from "../testing/pair.ts";
import {
  answerSteps,
  chunk,
  DESTROY,
  DONE,
  frame,
  HANG,
  type StubStep,
} from "../testing/stub-upstream.ts";
import { createOpenAiProvider } from "./provider.ts";

describe("the request", () => {
  it("carries messages, tools, limits, the key, and asks for a stream with usage", async () => {
    const { provider, upstream } = await pair([streaming(...answerSteps("ok"))], {
      apiKey: " secret-key\n",
    });
    const call = { tool_call_id: "a", name: "f", arguments: { x: 1 } };
    const tool = { name: "f", description: "d", parameters: { type: "object" } };
    await collect(
      provider.stream(
        {
          model: "m",
          messages: [
            { role: "system", content: "s" },
            { role: "user", content: "u" },
            { role: "assistant", content: "", tool_calls: [call] },
            { role: "tool", content: "1", tool_call_id: "a" },
          ],
          tools: [tool],
          temperature: 0,
          max_tokens: 5,
        },
        never(),
      ),
    );
    const [request] = upstream.requests;
    expect(request?.path).toBe("/v1/chat/completions");
    expect(request?.headers.authorization).toBe("Bearer secret-key");
    expect(request?.body).toEqual({
      model: "m",
      messages: [
        { role: "system", content: "s" },
        { role: "user", content: "u" },
        {
          role: "assistant",
          content: null,
          tool_calls: [
            { id: "a", type: "function", function: { name: "f", arguments: '{"x":1}' } },
          ],
        },
        { role: "tool", content: "1", tool_call_id: "a" },
      ],
      tools: [{ type: "function", function: tool }],
      temperature: 0,
      max_tokens: 5,
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it("leaves out what is not set, and uses a connection again", async () => {
    const { provider, upstream } = await pair([streaming(...answerSteps("ok"))]);
    await collect(provider.stream(ask("a"), never()));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await collect(provider.stream(ask("b"), never()));
    const body = upstream.requests[0]?.body as object;
    expect(Object.keys(body).toSorted()).toEqual(["messages", "model", "stream", "stream_options"]);
    expect(upstream.requests[0]?.headers.authorization).toBeUndefined();
    expect(upstream.connections()).toBe(1);
  });
});

describe("an answer", () => {
  it("comes with usage that arrives after the finish reason", async () => {
    const { provider } = await pair([streaming(...answerSteps("Hel", "lo"))]);
    expect(await collect(provider.stream(ask("hi"), never()))).toEqual([
      { type: "text", text: "Hel" },
      { type: "text", text: "lo" },
      expect.objectContaining({ type: "usage" }),
      { type: "finish", reason: "stop", model: "stub" },
    ]);
  });

  it.each([
    ["a finish reason, no end marker, no usage", [chunk({ content: "ok" }), chunk({}, "stop")]],
    ["a finish reason, then a reset", [chunk({ content: "ok" }, "stop"), { waitMs: 20 }, DESTROY]],
    ["an end marker, no finish reason", [chunk({ content: "ok" }), DONE]],
    ["an end marker, then silence", [chunk({ content: "ok" }, "stop"), DONE, HANG]],
    ["no blank line after the end marker", [chunk({ content: "ok" }), "data: [DONE]"]],
    ["usage in the last chunk of content", [chunk({ content: "ok" }, "stop", { usage: {} }), DONE]],
    [
      "comments and an Azure chunk without choices",
      [": hi\n\n", frame({ choices: [] }), chunk({ content: "ok" }), DONE],
    ],
  ] as [string, StubStep[]][])("is complete with %s", async (_name, steps) => {
    const { deltas, error } = await run(await pair([streaming(...steps)]));
    expect(error).toBeUndefined();
    expect(textOf(deltas)).toBe("ok");
    expect(deltas.at(-1)?.type).toBe("finish");
  });

  it("is complete when the server goes silent after the finish reason", async () => {
    const one = await pair([streaming(chunk({ content: "ok" }, "stop"), HANG)], {
      limits: { idleMs: 50 },
    });
    const { deltas, error } = await run(one);
    expect(error).toBeUndefined();
    expect(deltas.at(-1)?.type).toBe("finish");
  });

  it("is the same when it comes in single bytes", async () => {
    const bytes = Buffer.from(
      answerSteps("Grüße ", "你好 ", "🌍").join("").replaceAll("\n", "\r\n"),
    );
    const { deltas } = await run(
      await pair([streaming(...Array.from(bytes, (byte) => Uint8Array.of(byte)))]),
    );
    expect(textOf(deltas)).toBe("Grüße 你好 🌍");
  });

  it("may be one JSON body instead of a stream", async () => {
    const message = {
      role: "assistant",
      content: "ok",
      tool_calls: [{ id: "a", function: { name: "f", arguments: "{}" } }],
    };
    const body = {
      model: "whole",
      choices: [{ message, finish_reason: "tool_calls" }],
      usage: { prompt_tokens: 1 },
    };
    const { deltas } = await run(await pair([failing(200, body)]));
    expect(deltas.map((delta) => delta.type)).toEqual(["text", "tool_call", "usage", "finish"]);
    expect(deltas.at(-1)).toEqual({ type: "finish", reason: "tool_calls", model: "whole" });
  });

  it("is not lost on a reader slower than the server", async () => {
    const pieces = Array.from({ length: 20_000 }, (_, at) => `${at} `);
    const { provider } = await pair([streaming(...answerSteps(...pieces))], {
      limits: { idleMs: 200 },
    });
    const texts: string[] = [];
    for await (const delta of provider.stream(ask("hi"), never())) {
      if (texts.length === 10) await new Promise((resolve) => setTimeout(resolve, 500));
      if (delta.type === "text") texts.push(delta.text);
    }
    expect(texts).toEqual(pieces);
  });
});

describe("a failure", () => {
  it.each([
    [
      "neither finish reason nor end marker",
      [chunk({ content: "par" })],
      "before its answer was complete",
    ],
    [
      "a reset",
      [chunk({ content: "par" }), { waitMs: 20 }, DESTROY],
      "before its answer was complete",
    ],
    ["half a frame", [chunk({ content: "par" }), 'data: {"cho'], "before its answer was complete"],
    ["a frame that is no JSON", [chunk({ content: "par" }), "data: {oops}\n\n"], "not valid JSON"],
    [
      "an error frame",
      [chunk({ content: "par" }), frame({ error: { message: "out of memory" } })],
      "out of memory",
    ],
    [
      "OpenRouter's error chunk",
      [chunk({ content: "par" }), chunk({}, "error", { error: { code: 502, message: "gone" } })],
      "gone",
    ],
    [
      "vLLM's error object",
      [chunk({ content: "par" }), frame({ object: "error", message: "too long", code: 400 })],
      "too long",
    ],
    [
      "an error event",
      [chunk({ content: "par" }), `event: error\n${frame({ message: "oh no" })}`],
      "oh no",
    ],
    [
      "a text as error",
      [chunk({ content: "par" }), frame({ error: "model crashed" })],
      "model crashed",
    ],
    [
      "DeepSeek's broken end",
      [chunk({ content: "par" }), chunk({}, "insufficient_system_resource"), DONE],
      "before its answer",
    ],
  ] as [string, StubStep[], string][])("in the middle: %s", async (_name, steps, message) => {
    const one = await pair([streaming(...steps)]);
    const { deltas, error } = await run(one);
    expect(textOf(deltas)).toBe("par");
    expect(deltas.some((delta) => delta.type === "finish")).toBe(false);
    expect(error).toBeInstanceOf(ProviderError);
    expect(error.message).toContain(message);
    expect(error.retryable).toBe(false);
    expect(one.upstream.requests).toHaveLength(1);
  });

  it("before the first delta is tried again, whatever cut it", async () => {
    const cut = [streaming(), streaming(DESTROY), streaming(...answerSteps("ok"))];
    const one = await pair(cut);
    const { deltas, error } = await run(one);
    expect(error).toBeUndefined();
    expect(textOf(deltas)).toBe("ok");
    expect(one.upstream.requests).toHaveLength(3);
  });

  it("of arguments that were cut by the limit of tokens names that limit", async () => {
    const fragment = { index: 0, id: "a", function: { name: "f", arguments: '{"x":' } };
    const steps = [
      chunk({ content: "." }),
      chunk({ tool_calls: [fragment] }),
      chunk({}, "length"),
      DONE,
    ];
    const { error } = await run(await pair([streaming(...steps)]));
    expect(error.message).toContain("max_tokens");
  });

  it("is final for HTML, with what to check", async () => {
    for (const status of [200, 404]) {
      const one = await pair([
        failing(status, "<!doctype html><p>Welcome", { "content-type": "text/html" }),
      ]);
      const { error } = await run(one);
      expect(error).toMatchObject({ code: "PROVIDER_ERROR", retryable: false });
      expect(error.message).toContain("OPENAI_BASE_URL");
      expect(error.message).not.toContain("Welcome");
      expect(one.upstream.requests).toHaveLength(1);
    }
  });

  it.each([
    [400, "bad request", "PROVIDER_ERROR", "model name"],
    [401, "Incorrect API key provided: sk-very-secret-1234", "PROVIDER_ERROR", "OPENAI_API_KEY"],
    [403, "no access", "PROVIDER_ERROR", "OPENAI_API_KEY"],
    [404, "The model `x` does not exist", "PROVIDER_ERROR", "does not exist"],
    [302, "", "PROVIDER_ERROR", "redirects"],
  ])("with status %i is final", async (status, message, code, part) => {
    const one = await pair([failing(status, { error: { message } })], {
      apiKey: "sk-very-secret-1234",
    });
    const { error } = await run(one);
    expect(error).toMatchObject({ code, retryable: false });
    expect(error.message).toContain(part);
    expect(error.message).not.toContain("secret");
    expect(one.upstream.requests).toHaveLength(1);
  });

  it.each([
    [500, "PROVIDER_ERROR"],
    [503, "PROVIDER_ERROR"],
    [504, "PROVIDER_TIMEOUT"],
    [408, "PROVIDER_TIMEOUT"],
    [429, "PROVIDER_RATE_LIMITED"],
  ])("with status %i is tried twice more", async (status, code) => {
    const one = await pair([failing(status, { message: "busy" })]);
    const { error } = await run(one);
    expect(error).toMatchObject({ code, retryable: true });
    expect(one.upstream.requests).toHaveLength(3);
  });

  it("goes away when the next attempt succeeds", async () => {
    const one = await pair([
      failing(500),
      failing(429, "", { "retry-after": "0" }),
      streaming(...answerSteps("ok")),
    ]);
    expect(textOf((await run(one)).deltas)).toBe("ok");
  });

  it("with a short Retry-After is waited for, in both forms; with a long one it is not", async () => {
    const from = performance.now();
    const short = await pair([
      failing(429, "", { "retry-after": "0.2" }),
      streaming(...answerSteps("ok")),
    ]);
    expect(textOf((await run(short)).deltas)).toBe("ok");
    expect(performance.now() - from).toBeGreaterThan(180);
    const date = new Date(Date.now() + 90_000).toUTCString();
    for (const value of ["90", date]) {
      const long = await pair([failing(429, "", { "retry-after": value })]);
      const { error } = await run(long);
      expect(error.code).toBe("PROVIDER_RATE_LIMITED");
      expect(error.retryAfterMs).toBeGreaterThan(80_000);
      expect(error.retryAfterMs).toBeLessThanOrEqual(90_000);
      expect(long.upstream.requests).toHaveLength(1);
    }
  });

  it("of an empty account is final", async () => {
    const one = await pair([
      failing(429, { error: { code: "insufficient_quota", message: "quota" } }),
    ]);
    expect((await run(one)).error).toMatchObject({
      code: "PROVIDER_RATE_LIMITED",
      retryable: false,
    });
    expect(one.upstream.requests).toHaveLength(1);
  });

  it("to connect names the base URL", async () => {
    const one = await pair([streaming()]);
    await one.upstream.close();
    const { error } = await run(one);
    expect(error).toMatchObject({ code: "PROVIDER_ERROR", retryable: true });
    expect(error.message).toContain("ECONNREFUSED");
    expect(error.message).toContain(one.upstream.baseUrl);
  });
});

describe("models", () => {
  it.each([
    [{ data: [{ id: "a" }, { id: "b" }] }],
    [{ models: [{ name: "a" }, { name: "b" }] }],
    [[{ id: "a" }, { id: "b" }, {}]],
  ])("are listed from %j", async (body) => {
    const { provider, upstream } = await pair([failing(200, body)]);
    expect(await provider.models(never())).toEqual(["a", "b"]);
    expect(upstream.requests[0]?.path).toBe("/v1/models");
  });

  it.each([
    [failing(401, { error: "no" }), "OPENAI_API_KEY"],
    [failing(200, "<html>"), "OPENAI_BASE_URL"],
    [streaming(DESTROY), "OPENAI_BASE_URL"],
  ])("are a ProviderError where there is no list", async (answer, part) => {
    const { provider } = await pair([answer]);
    const error = await provider.models(never()).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ProviderError);
    expect((error as Error).message).toContain(part);
  });
});

describe("close", () => {
  it("ends idle connections, and later calls with a ProviderError", async () => {
    const { provider, upstream } = await pair([streaming(...answerSteps("ok"))]);
    await collect(provider.stream(ask("a"), never()));
    await provider.close();
    expect(upstream.open()).toBe(0);
    await expect(collect(provider.stream(ask("a"), never()))).rejects.toBeInstanceOf(ProviderError);
  });

  it("does not wait for an answer without end", async () => {
    const { provider } = await pair([streaming(chunk({ content: "par" }), HANG)]);
    const stream = provider.stream(ask("a"), never());
    await stream.next();
    const rest = stream.next().catch((error: unknown) => error);
    const from = performance.now();
    await provider.close();
    expect(performance.now() - from).toBeLessThan(5_000);
    expect(await rest).toBeInstanceOf(ProviderError);
  });
});

describe("settings", () => {
  it.each([{ baseUrl: "localhost" }, { baseUrl: "http://user:secret@x/v1" }, { apiKey: "a b" }])(
    "that cannot work are refused without showing them: %j",
    (settings) => {
      const all = { name: "s", baseUrl: "http://x/v1", defaultModel: "m", ...settings };
      expect(() => createOpenAiProvider(all)).toThrow(WorkflowConfigurationError);
      expect(() => createOpenAiProvider(all)).not.toThrow(/secret|a b/);
    },
  );
});
