import { describe, expect, it, vi } from "vitest";
import { ProviderError } from "../workflow/errors.ts";
import type { ModelDelta } from "../workflow/ports/model.ts";
import { type Candidate, withFallback } from "./fallback.ts";
import { createScriptedProvider, hang, type Script, textAnswer } from "./scripted.ts";
import { ask, collect, collectUntilError, never, textOf } from "./testing/collect.ts";

function candidate(name: string, script: Script): Candidate & { readonly asked: () => string[] } {
  const provider = createScriptedProvider(script, { name, models: [name] });
  return { provider, model: `${name}-1`, asked: () => provider.requests.map(({ model }) => model) };
}

function refusing(name: string, options: { retryable?: boolean; retryAfterMs?: number } = {}) {
  return candidate(name, () => {
    throw new ProviderError("PROVIDER_RATE_LIMITED", name, `${name} refuses.`, options);
  });
}

const answering = (name: string) => candidate(name, () => textAnswer(`I am ${name}.`));

describe("withFallback", () => {
  it("yields the first one's answer, and asks nobody else", async () => {
    const [first, second] = [answering("a"), answering("b")];
    const deltas = await collect(withFallback(first, [second]).stream(ask("hi"), never()));
    expect(textOf(deltas)).toBe("I am a.");
    expect(deltas.at(-1)).toEqual({ type: "finish", reason: "stop", model: "a-1" });
    expect([first.asked(), second.asked()]).toEqual([["a-1"], []]);
  });

  it("yields the first answer that there is, and says whose it is", async () => {
    const candidates = [refusing("a"), refusing("b"), answering("c"), answering("d")] as const;
    const [first, ...others] = candidates;
    const deltas = await collect(withFallback(first, others).stream(ask("hi"), never()));
    expect(textOf(deltas)).toBe("I am c.");
    expect(deltas.at(-1)).toMatchObject({
      model: "c-1",
      answeredBy: { provider: "c", model: "c-1" },
    });
    expect(candidates.map(({ asked }) => asked())).toEqual([["a-1"], ["b-1"], ["c-1"], []]);
  });

  it("keeps the model that a provider reports", async () => {
    const dated = candidate("b", () => [{ type: "finish", reason: "stop", model: "b-1-2026" }]);
    const deltas = await collect(withFallback(refusing("a"), [dated]).stream(ask("hi"), never()));
    const answeredBy = { provider: "b", model: "b-1" };
    expect(deltas).toEqual([{ type: "finish", reason: "stop", model: "b-1-2026", answeredBy }]);
  });

  it("throws the first error when all fail, with what the others said", async () => {
    const first = refusing("a", { retryable: false, retryAfterMs: 7_000 });
    const fallback = withFallback(first, [refusing("b"), refusing("c")]);
    const { error } = await collectUntilError(fallback.stream(ask("hi"), never()));
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({
      code: "PROVIDER_RATE_LIMITED",
      provider: "a",
      retryable: false,
      retryAfterMs: 7_000,
      message:
        "a refuses. The fallbacks could not answer either. b (b-1): b refuses. c (c-1): c refuses.",
    });
  });

  it("asks nobody else after the first delta", async () => {
    const broken = candidate("a", function* () {
      yield { type: "text", text: "par" } satisfies ModelDelta;
      throw new ProviderError("PROVIDER_ERROR", "a", "cut off");
    });
    const second = answering("b");
    const fallback = withFallback(broken, [second]);
    const { deltas, error } = await collectUntilError(fallback.stream(ask("hi"), never()));
    expect(textOf(deltas)).toBe("par");
    expect(error).toMatchObject({ message: "cut off" });
    expect(second.asked()).toEqual([]);
  });

  it("asks nobody else after an abort, nor after a defect", async () => {
    const second = answering("b");
    const controller = new AbortController();
    const waiting = candidate("a", async function* (_request, _index, signal) {
      await hang(signal);
      yield* [];
    });
    const reason = new Error("cancelled");
    const stream = withFallback(waiting, [second]).stream(ask("hi"), controller.signal);
    const first = stream.next();
    await vi.waitFor(() => expect(waiting.asked()).toHaveLength(1));
    controller.abort(reason);
    await expect(first).rejects.toBe(reason);

    const defect = candidate("a", () => {
      throw new TypeError("defect");
    });
    const { error } = await collectUntilError(
      withFallback(defect, [second]).stream(ask("hi"), never()),
    );
    expect(error).toBeInstanceOf(TypeError);
    expect(second.asked()).toEqual([]);
  });

  it("hands out the primary's own stream where there is nothing to fall back to", () => {
    const only = answering("a");
    const own = only.provider.stream(ask("hi"), never());
    const stream = vi.spyOn(only.provider, "stream").mockReturnValue(own);
    expect(withFallback(only, []).stream(ask("hi"), never())).toBe(own);
    expect(stream.mock.calls[0]?.[0].model).toBe("a-1");
  });

  it("goes by the primary's name and models, and closes what is not its own never", async () => {
    const [first, second] = [answering("a"), answering("b")];
    const fallback = withFallback(first, [second]);
    expect(fallback).toMatchObject({ name: "a", kind: "scripted", defaultModel: "a-1" });
    expect(await fallback.models(never())).toEqual(["a"]);
    const close = vi.spyOn(first.provider, "close");
    await fallback.close();
    expect(close).not.toHaveBeenCalled();
  });
});
