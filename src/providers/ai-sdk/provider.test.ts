import { describe, expect, it, vi } from "vitest";
import { ProviderError } from "../../workflow/errors.ts";
import type { ModelDelta } from "../../workflow/ports/model.ts";
import { fakeModel, finishPart, textPart } from "../testing/ai-sdk.ts";
import { ask, collect, collectUntilError, never, textOf } from "../testing/collect.ts";
import type { AiSdkModel, StreamPart } from "./model.ts";
import { type AiSdkSettings, createAiSdkProvider } from "./provider.ts";

interface Outcome {
  readonly deltas: ModelDelta[];
  readonly error: ProviderError;
  readonly calls: number;
}

/** Asks a provider whose calls go to these models, one after the other, the last again and again. */
async function run(models: AiSdkModel[], settings: Partial<AiSdkSettings> = {}): Promise<Outcome> {
  let calls = 0;
  const provider = createAiSdkProvider({
    name: "fake",
    packageName: "@ai-sdk/fake",
    languageModel: () => models[calls++] ?? (models.at(-1) as AiSdkModel),
    defaultModel: "m",
    retry: { baseMs: 1 },
    ...settings,
  });
  const { deltas, error } = await collectUntilError(provider.stream(ask("hi"), never()));
  return { deltas, error: error as ProviderError, calls };
}

const answering = fakeModel([textPart("o"), textPart("k"), finishPart()]);
const apiError = (statusCode: number, more: object = {}): Error =>
  Object.assign(new Error("no"), { name: "AI_APICallError", statusCode, url: "http://x", ...more });
const refusing = (error: Error): AiSdkModel =>
  fakeModel(async () => {
    throw error;
  });

/** A stream of these parts that then says nothing more. */
function silentAfter(...parts: StreamPart[]): AiSdkModel {
  return fakeModel(async () => {
    const queue = [...parts];
    return new ReadableStream<StreamPart>({
      pull: (controller) => {
        const next = queue.shift();
        if (next) controller.enqueue(next);
        else return new Promise(() => undefined);
        return undefined;
      },
    });
  });
}

describe("a call", () => {
  it.each(["v3", "v4"])("answers through a model of interface %s", async (version) => {
    const parts = [textPart("o"), textPart("k"), finishPart()];
    const { deltas, error } = await run([fakeModel(parts, version)]);
    expect(error).toBeUndefined();
    expect(textOf(deltas)).toBe("ok");
    expect(deltas.at(-1)).toEqual({ type: "finish", reason: "stop", model: null });
  });

  it("is refused for a model of another version", async () => {
    const { error, calls } = await run([fakeModel([finishPart()], "v2")]);
    expect(error).toMatchObject({ code: "PROVIDER_ERROR", retryable: false });
    expect(error.message).toContain("npm install @ai-sdk/fake@latest");
    expect(calls).toBe(1);
  });

  it("asks for the model of the request", async () => {
    const languageModel = vi.fn<(id: string) => AiSdkModel>(() => answering);
    const provider = createAiSdkProvider({
      name: "fake",
      packageName: "p",
      languageModel,
      defaultModel: "m",
    });
    await collect(provider.stream(ask("hi", { model: "asked" }), never()));
    expect(languageModel).toHaveBeenCalledExactlyOnceWith("asked");
  });
});

describe("a failure", () => {
  it("before the first delta is tried again", async () => {
    const models = [refusing(apiError(503, { isRetryable: true })), fakeModel([]), answering];
    const { deltas, error, calls } = await run(models);
    expect(error).toBeUndefined();
    expect(textOf(deltas)).toBe("ok");
    expect(calls).toBe(3);
  });

  it("after the first delta is final", async () => {
    const broken = fakeModel([textPart("par"), { type: "error", error: { message: "oh no" } }]);
    const { deltas, error, calls } = await run([broken]);
    expect(textOf(deltas)).toBe("par");
    expect(error).toMatchObject({ code: "PROVIDER_ERROR", retryable: false });
    expect(error.message).toContain("oh no");
    expect(calls).toBe(1);
  });

  it("is a stream without finish, never a short answer", async () => {
    const { deltas, error } = await run([fakeModel([textPart("par")])]);
    expect(textOf(deltas)).toBe("par");
    expect(error.message).toContain("before its answer was complete");
  });

  it("with a Retry-After that is too long is not tried again", async () => {
    const limited = apiError(429, { isRetryable: true, responseHeaders: { "retry-after": "90" } });
    const { error, calls } = await run([refusing(limited)]);
    expect(error).toMatchObject({ code: "PROVIDER_RATE_LIMITED", retryAfterMs: 90_000 });
    expect(calls).toBe(1);
  });

  it("of the package to make a model is one of the provider", async () => {
    const missing = Object.assign(new Error("key is missing; set FAKE_API_KEY"), {
      name: "AI_LoadAPIKeyError",
    });
    const { error } = await run([answering], {
      languageModel: () => {
        throw missing;
      },
    });
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ retryable: false });
    expect(error.message).toContain("FAKE_API_KEY");
  });
});

describe("a time limit", () => {
  const ignoring = fakeModel(() => new Promise(() => undefined));
  it.each([
    ["first token, no stream at all", { firstTokenMs: 60 }, ignoring, ""],
    [
      "first token, nothing of the answer",
      { firstTokenMs: 60 },
      silentAfter({ type: "stream-start", warnings: [] }),
      "",
    ],
    ["idle", { idleMs: 60 }, silentAfter(textPart("par")), "par"],
    ["total", { totalMs: 60 }, silentAfter(textPart("par")), "par"],
  ])("ends the call, whatever the package does: %s", async (_name, limits, model, text) => {
    const { deltas, error, calls } = await run([model], { limits });
    expect(textOf(deltas)).toBe(text);
    expect(error).toMatchObject({ code: "PROVIDER_TIMEOUT", retryable: text === "" });
    expect(calls).toBe(1);
  });

  it("does not count the time that the reader takes", async () => {
    const provider = createAiSdkProvider({
      name: "fake",
      packageName: "p",
      languageModel: () => answering,
      defaultModel: "m",
      limits: { idleMs: 50 },
    });
    const deltas: ModelDelta[] = [];
    for await (const delta of provider.stream(ask("hi"), never())) {
      deltas.push(delta);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(textOf(deltas)).toBe("ok");
  });
});

describe("an abort", () => {
  it("reaches the package, and cancels a stream that it opens too late", async () => {
    const cancelled = vi.fn<() => void>();
    let seen: AbortSignal | undefined;
    let open = (_stream: ReadableStream<StreamPart>): void => {};
    const late = fakeModel((options) => {
      seen = options.abortSignal;
      return new Promise((resolve) => (open = resolve));
    });
    const provider = createAiSdkProvider({
      name: "fake",
      packageName: "p",
      languageModel: () => late,
      defaultModel: "m",
    });
    const controller = new AbortController();
    const first = provider.stream(ask("hi"), controller.signal).next();
    await vi.waitFor(() => expect(seen).toBeDefined());
    const reason = new Error("cancelled");
    controller.abort(reason);
    await expect(first).rejects.toBe(reason);
    expect(seen?.aborted).toBe(true);
    open(new ReadableStream({ cancel: cancelled }));
    await vi.waitFor(() => expect(cancelled).toHaveBeenCalledOnce());
  });

  it("ends the pause before a retry", async () => {
    const provider = createAiSdkProvider({
      name: "fake",
      packageName: "p",
      languageModel: () => refusing(apiError(500, { isRetryable: true })),
      defaultModel: "m",
      retry: { baseMs: 10_000 },
    });
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("cancelled")), 30);
    await expect(collect(provider.stream(ask("hi"), controller.signal))).rejects.toThrow(
      "cancelled",
    );
  });
});
