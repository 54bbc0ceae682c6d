import { describe, expect, it } from "vitest";
import { ProviderError, WorkflowConfigurationError } from "../../workflow/errors.ts";
import type { ModelDelta } from "../../workflow/ports/model.ts";
import {
  errorEvent,
  event,
  MESSAGE_STOP,
  messageDelta,
  messageStart,
  PING,
  textBlock,
  textStream,
  thinkingBlock,
  toolBlock,
} from "../testing/anthropic-stream.ts";
import { ask, collect, never, textOf } from "../testing/collect.ts";
import { failing, type Pair, pair as pairOf, run, streaming } from "../testing/pair.ts";
import { DESTROY, HANG, type StubAnswer, type StubStep } from "../testing/stub-upstream.ts";
import { createAnthropicProvider } from "./provider.ts";

type Settings = Parameters<typeof pairOf>[1];

function pair(answers: StubAnswer[], settings?: Settings): Promise<Pair> {
  return pairOf(answers, settings, createAnthropicProvider);
}

async function deltasOf(...steps: StubStep[]): Promise<ModelDelta[]> {
  const { deltas, error } = await run(await pair([streaming(...steps)]));
  expect(error).toBeUndefined();
  return deltas;
}

const MODEL = "claude-sonnet-4-5-20250929";

function call(id: string, name: string, args: object): ModelDelta {
  return { type: "tool_call", call: { tool_call_id: id, name, arguments: { ...args } } };
}

describe("the request", () => {
  it("goes to /v1/messages with key and version, whichever form the base URL has", async () => {
    for (const suffix of ["", "/", "/v1", "/v1/"]) {
      const { upstream } = await pair([streaming(...textStream("ok"))]);
      const provider = createAnthropicProvider({
        name: "a",
        baseUrl: upstream.baseUrl.replace("/v1", suffix),
        apiKey: " sk-ant-test-1234\n",
        defaultModel: "m",
      });
      await collect(provider.stream(ask("hi"), never()));
      await provider.close();
      expect(upstream.requests[0]).toMatchObject({
        method: "POST",
        path: "/v1/messages",
        headers: {
          "x-api-key": "sk-ant-test-1234",
          "anthropic-version": "2023-06-01",
          "content-type": "application/json",
          accept: "text/event-stream",
        },
        body: { model: "stub", stream: true },
      });
    }
  });

  it("goes without a key where there is none, and keeps the query of the base URL", async () => {
    const { upstream } = await pair([streaming(...textStream("ok"))]);
    const baseUrl = `${upstream.baseUrl}?tenant=a`;
    const provider = createAnthropicProvider({ name: "a", baseUrl, defaultModel: "m" });
    await collect(provider.stream(ask("hi"), never()));
    await provider.close();
    expect(upstream.requests[0]?.path).toBe("/v1/messages?tenant=a");
    expect(upstream.requests[0]?.headers["x-api-key"]).toBeUndefined();
  });

  it("gives thinking back with the results of the calls that it led to", async () => {
    const { provider, upstream } = await pair([
      streaming(
        messageStart(),
        ...thinkingBlock(0, "c2ln", "Let me ", "look."),
        ...textBlock(1, "I look."),
        ...toolBlock(2, "toolu_1", "look", "{}"),
        messageDelta("tool_use"),
        MESSAGE_STOP,
      ),
      streaming(...textStream("ok")),
    ]);
    const question = ask("hi", { model: "claude-opus-5" });
    const turn = await collect(provider.stream(question, never()));
    const calls = turn.flatMap((delta) => (delta.type === "tool_call" ? [delta.call] : []));
    const messages = [
      ...question.messages,
      { role: "assistant", content: textOf(turn), tool_calls: calls } as const,
      { role: "tool", content: "seen", tool_call_id: "toolu_1" } as const,
    ];
    await collect(provider.stream({ ...question, messages }, never()));
    expect(upstream.requests[1]?.body).toMatchObject({
      messages: [
        { role: "user" },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "Let me look.", signature: "c2ln" },
            { type: "text", text: "I look." },
            { type: "tool_use", id: "toolu_1", name: "look", input: {} },
          ],
        },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1" }] },
      ],
    });
  });
});

describe("a stream", () => {
  it("of text becomes text, usage and finish", async () => {
    expect(await deltasOf(...textStream("Hello", " world", "!"))).toEqual([
      { type: "text", text: "Hello" },
      { type: "text", text: " world" },
      { type: "text", text: "!" },
      {
        type: "usage",
        usage: {
          input_tokens: 12,
          output_tokens: 15,
          total_tokens: 27,
          cached_input_tokens: null,
          reasoning_tokens: null,
          cost_usd: null,
        },
      },
      { type: "finish", reason: "stop", model: MODEL },
    ]);
  });

  it("of thinking and text keeps them apart, and says nothing of signatures", async () => {
    const deltas = await deltasOf(
      messageStart(),
      ...thinkingBlock(0, "EqQBCgIYAhIM", "I need the ", "divisor."),
      ...textBlock(1, "It is ", "21."),
      messageDelta("end_turn"),
      MESSAGE_STOP,
    );
    expect(textOf(deltas, "reasoning")).toBe("I need the divisor.");
    expect(textOf(deltas)).toBe("It is 21.");
    expect(deltas.at(-1)).toMatchObject({ reason: "stop" });
  });

  it("with a call puts its arguments together", async () => {
    const deltas = await deltasOf(
      messageStart(),
      ...textBlock(0, "Okay, let me check."),
      ...toolBlock(
        1,
        "toolu_01T1x1fJ34",
        "get_weather",
        '{"location":',
        ' "San',
        " Francisc",
        'o"}',
      ),
      messageDelta("tool_use"),
      MESSAGE_STOP,
    );
    expect(deltas.slice(1)).toEqual([
      call("toolu_01T1x1fJ34", "get_weather", { location: "San Francisco" }),
      expect.objectContaining({ type: "usage" }),
      { type: "finish", reason: "tool_calls", model: MODEL },
    ]);
  });

  it("with two calls keeps them apart, and a call without arguments gets none", async () => {
    const deltas = await deltasOf(
      messageStart(),
      ...toolBlock(0, "toolu_1", "get_weather", '{"city":"Paris"}'),
      PING,
      ...toolBlock(1, "toolu_2", "get_time"),
      messageDelta("tool_use"),
      MESSAGE_STOP,
    );
    expect(deltas.filter((delta) => delta.type === "tool_call")).toEqual([
      call("toolu_1", "get_weather", { city: "Paris" }),
      call("toolu_2", "get_time", {}),
    ]);
  });

  it("is the same in single bytes, with any line end and pings between", async () => {
    const stream = textStream("Grüße ", "你好 ", "🌍").flatMap((step) => [step, PING]);
    for (const end of ["\n", "\r\n"]) {
      const bytes = Buffer.from(stream.join("").replaceAll("\n", end));
      const steps = Array.from(bytes, (byte) => Uint8Array.of(byte));
      expect(textOf(await deltasOf(...steps))).toBe("Grüße 你好 🌍");
    }
  });

  it("is complete with message_stop, whatever the connection does afterwards", async () => {
    expect(textOf(await deltasOf(...textStream("ok"), { waitMs: 20 }, DESTROY))).toBe("ok");
    expect(textOf(await deltasOf(...textStream("ok"), HANG))).toBe("ok");
    expect(textOf(await deltasOf(...textStream("ok").slice(0, -1), MESSAGE_STOP.trimEnd()))).toBe(
      "ok",
    );
  });

  it("may be one JSON body instead", async () => {
    const { deltas } = await run(
      await pair([
        failing(200, {
          type: "message",
          model: MODEL,
          content: [
            { type: "thinking", thinking: "Hm", signature: "s" },
            { type: "text", text: "ok" },
            { type: "tool_use", id: "toolu_1", name: "f", input: { x: 1 } },
          ],
          stop_reason: "tool_use",
          usage: { input_tokens: 3, output_tokens: 4 },
        }),
      ]),
    );
    expect(deltas.map((delta) => delta.type)).toEqual([
      "reasoning",
      "text",
      "tool_call",
      "usage",
      "finish",
    ]);
    expect(deltas[2]).toEqual(call("toolu_1", "f", { x: 1 }));
  });
});

describe("a failure", () => {
  const begun = [messageStart(), ...textBlock(0, "par")];

  it.each([
    ["no message_stop", [...begun, messageDelta("end_turn")], "before its answer was complete"],
    ["a reset", [...begun, { waitMs: 20 }, DESTROY], "before its answer was complete"],
    [
      "a cut inside a character",
      [...begun, Buffer.from('data: {"text":"é').subarray(0, -1)],
      "before its answer was complete",
    ],
    [
      "an overloaded server",
      [...begun, errorEvent("overloaded_error", "Overloaded")],
      "Overloaded",
    ],
    ["an error without a name", [...begun, "event: error\ndata: {}\n\n"], "reported an error"],
    ["a frame that is no JSON", [...begun, "data: {oops}\n\n"], "not valid JSON"],
    [
      "arguments that are cut by the limit of tokens",
      [...begun, ...toolBlock(1, "t", "f", '{"x":'), messageDelta("max_tokens"), MESSAGE_STOP],
      "raise max_tokens",
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

  it("before the first piece is tried again: an error event, a cut, status 529", async () => {
    const one = await pair([
      streaming(messageStart(), PING, errorEvent("overloaded_error", "Overloaded")),
      failing(529, { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }),
      streaming(...textStream("ok")),
    ]);
    expect(textOf((await run(one)).deltas)).toBe("ok");
    expect(one.upstream.requests).toHaveLength(3);
  });

  it.each([
    ["invalid_request_error", "PROVIDER_ERROR"],
    ["authentication_error", "PROVIDER_ERROR"],
    ["permission_error", "PROVIDER_ERROR"],
    ["billing_error", "PROVIDER_ERROR"],
    ["request_too_large", "PROVIDER_ERROR"],
  ])("reported as %s is final", async (type, code) => {
    const one = await pair([streaming(errorEvent(type, "no"))]);
    expect((await run(one)).error).toMatchObject({ code, retryable: false });
    expect(one.upstream.requests).toHaveLength(1);
  });

  it("reported as rate_limit_error is a rate limit", async () => {
    const { error } = await run(await pair([streaming(errorEvent("rate_limit_error", "slow"))]));
    expect(error).toMatchObject({ code: "PROVIDER_RATE_LIMITED", retryable: true });
  });

  it.each([
    [401, "authentication_error", "Check ANTHROPIC_API_KEY"],
    [403, "permission_error", "Check ANTHROPIC_API_KEY"],
    [404, "not_found_error", "ANTHROPIC_BASE_URL (http://127.0.0.1"],
    [400, "invalid_request_error", "Check the model name"],
    [413, "request_too_large", "too large"],
  ])("with status %i says what to check, and shows no key", async (status, type, part) => {
    const message = "invalid x-api-key: sk-ant-very-secret-1234";
    const one = await pair([failing(status, { type: "error", error: { type, message } })], {
      apiKey: "sk-ant-very-secret-1234",
    });
    const { error } = await run(one);
    expect(error).toMatchObject({ code: "PROVIDER_ERROR", retryable: false });
    expect(error.message).toContain(part);
    expect(error.message).not.toContain("secret");
    expect(one.upstream.requests).toHaveLength(1);
  });

  it("with status 429 carries Retry-After", async () => {
    const answer = failing(429, { error: { type: "rate_limit_error" } }, { "retry-after": "90" });
    const { error } = await run(await pair([answer]));
    expect(error).toMatchObject({ code: "PROVIDER_RATE_LIMITED", retryAfterMs: 90_000 });
  });

  it("with status 529 says that it is overloaded", async () => {
    const { error } = await run(
      await pair([failing(529, { error: { type: "overloaded_error" } })]),
    );
    expect(error).toMatchObject({ code: "PROVIDER_ERROR", retryable: true });
    expect(error.message).toContain("overloaded");
  });

  it.each([
    ["a web page", "<!doctype html><p>Welcome"],
    ["another protocol", { choices: [] }],
    ["an error with status 200", { type: "error", error: { type: "invalid_request_error" } }],
  ])("is final for %s", async (_name, body) => {
    const one = await pair([failing(200, body)]);
    const { error } = await run(one);
    expect(error).toMatchObject({ code: "PROVIDER_ERROR", retryable: false });
    expect(one.upstream.requests).toHaveLength(1);
  });

  it("is a time limit when no block begins, however much the server pings", async () => {
    const pings = Array.from({ length: 20 }, () => [PING, { waitMs: 20 }]).flat();
    const one = await pair([streaming(messageStart(), ...pings, HANG)], {
      limits: { firstTokenMs: 100 },
    });
    expect((await run(one)).error).toMatchObject({ code: "PROVIDER_TIMEOUT" });
  });

  it("is none while the model thinks without showing it", async () => {
    const [start = "", ...rest] = thinkingBlock(0, "sig");
    const pings = Array.from({ length: 8 }, () => [PING, { waitMs: 75 }]).flat();
    const one = await pair(
      [
        streaming(
          messageStart(),
          start,
          ...pings,
          ...rest,
          ...textBlock(1, "ok"),
          messageDelta("end_turn"),
          MESSAGE_STOP,
        ),
      ],
      { limits: { firstTokenMs: 400, idleMs: 400 } },
    );
    expect(textOf((await run(one)).deltas)).toBe("ok");
  });
});

describe("models", () => {
  it("are listed in one page", async () => {
    const body = {
      data: [
        { type: "model", id: "a" },
        { type: "model", id: "b" },
      ],
      has_more: false,
    };
    const { provider, upstream } = await pair([failing(200, body)], { apiKey: "k-1234" });
    expect(await provider.models(never())).toEqual(["a", "b"]);
    expect(upstream.requests[0]).toMatchObject({
      method: "GET",
      path: "/v1/models?limit=1000",
      headers: { "x-api-key": "k-1234", "anthropic-version": "2023-06-01" },
    });
  });

  it("are a ProviderError that names the key where it is wrong", async () => {
    const { provider } = await pair([failing(401, { error: { type: "authentication_error" } })]);
    await expect(provider.models(never())).rejects.toThrow("ANTHROPIC_API_KEY");
  });
});

describe("settings", () => {
  it.each([{ baseUrl: "nonsense" }, { baseUrl: "http://u:secret@x/v1" }, { apiKey: "a b" }])(
    "that cannot work are refused: %j",
    (wrong) => {
      const all = { name: "a", baseUrl: "http://x", defaultModel: "m", ...wrong };
      expect(() => createAnthropicProvider(all)).toThrow(WorkflowConfigurationError);
      expect(() => createAnthropicProvider(all)).toThrow(/ANTHROPIC_/);
      expect(() => createAnthropicProvider(all)).not.toThrow(/secret|a b/);
    },
  );
});

describe("an event of another kind", () => {
  it("is passed over", async () => {
    const odd = [
      event("content_block_delta", { index: 0 }),
      event("later", { delta: { text: "x" } }),
    ];
    const deltas = await deltasOf("data: null\n\n", "data: 5\n\n", ...odd, ...textStream("ok"));
    expect(textOf(deltas)).toBe("ok");
  });
});
