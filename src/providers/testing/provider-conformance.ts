/** What every provider must do, as tests: the port's promises, one by one. Only tests import it. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ModelRequest, Provider } from "../../workflow/ports/model.ts";
import { collect, never, textOf } from "./collect.ts";

/** A provider and what a test needs to know of the other side. */
export interface ProviderUnderTest {
  readonly provider: Provider;
  /** A request whose answer contains `marker` and comes in several text deltas. */
  readonly asking: (marker: string) => ModelRequest;
  /** A request whose answer begins with text, and then takes longer than any test. */
  readonly endless: () => ModelRequest;
  /** How many calls have reached the other side; always 0 where there is none. */
  readonly calls: () => number;
  /** How many calls the other side believes to be under way; always 0 where there is none. */
  readonly open: () => number;
  /** Frees the other side; the suite closes the provider itself. */
  readonly dispose: () => Promise<void>;
}

export interface ConformanceOptions {
  readonly create: () => Promise<ProviderUnderTest> | ProviderUnderTest;
}

/** Registers the suite for one provider under `name`. */
export function describeProviderConformance(name: string, options: ConformanceOptions): void {
  describe(`provider conformance: ${name}`, () => {
    let it_: ProviderUnderTest;
    beforeEach(async () => {
      it_ = await options.create();
    });
    afterEach(async () => {
      await it_.provider.close();
      await it_.dispose();
    });
    answers(() => it_);
    aborts(() => it_);
    leaving(() => it_);
  });
}

function answers(subject: () => ProviderUnderTest): void {
  it("ends with exactly one finish, last, and reports usage at most once", async () => {
    const { provider, asking } = subject();
    const deltas = await collect(provider.stream(asking("plum"), never()));
    expect(deltas.filter((delta) => delta.type === "finish")).toHaveLength(1);
    expect(deltas.at(-1)?.type).toBe("finish");
    expect(deltas.filter((delta) => delta.type === "usage").length).toBeLessThanOrEqual(1);
    expect(textOf(deltas)).toContain("plum");
  });

  it("streams: the answer comes in several pieces, none of them empty", async () => {
    const { provider, asking } = subject();
    const deltas = await collect(provider.stream(asking("plum"), never()));
    const texts = deltas.filter((delta) => delta.type === "text");
    expect(texts.length).toBeGreaterThan(1);
    expect(texts.every((delta) => delta.text !== "")).toBe(true);
  });

  it("does not mix concurrent streams", async () => {
    const { provider, asking } = subject();
    const markers = Array.from({ length: 20 }, (_, at) => `marker-${at}-end`);
    const texts = await Promise.all(
      markers.map(async (marker) =>
        textOf(await collect(provider.stream(asking(marker), never()))),
      ),
    );
    for (const [at, text] of texts.entries()) {
      expect(markers.filter((marker) => text.includes(marker))).toEqual([markers[at]]);
    }
  });

  it("does not change the request", async () => {
    const { provider, asking } = subject();
    const request = asking("plum");
    const before = structuredClone(request);
    await collect(provider.stream(request, never()));
    expect(request).toEqual(before);
  });

  it("lists its models, and knows its names", async () => {
    const { provider } = subject();
    const models = await provider.models(never());
    expect(models).toContain(provider.defaultModel);
    expect(provider.name).not.toBe("");
    expect(provider.kind).not.toBe("");
  });
}

function aborts(subject: () => ProviderUnderTest): void {
  it("throws the signal's reason when it has aborted before, and calls nobody", async () => {
    const { provider, asking, calls } = subject();
    const reason = new Error("cancelled before");
    const stream = provider.stream(asking("plum"), AbortSignal.abort(reason));
    await expect(stream.next()).rejects.toBe(reason);
    expect(calls()).toBe(0);
    await expect(stream.next()).resolves.toEqual({ done: true, value: undefined });
    await expect(provider.models(AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it("throws the signal's reason while it waits for the next delta", async () => {
    const { provider, endless, open } = subject();
    const controller = new AbortController();
    const reason = new Error("cancelled during");
    const stream = provider.stream(endless(), controller.signal);
    const first = await stream.next();
    expect(first.value).toMatchObject({ type: "text" });
    const rest = collect(stream);
    setTimeout(() => controller.abort(reason), 20);
    const from = performance.now();
    await expect(rest).rejects.toBe(reason);
    expect(performance.now() - from).toBeLessThan(1_000);
    await vi.waitFor(() => expect(open()).toBe(0));
  });

  it("throws the signal's reason when it aborts between two deltas", async () => {
    const { provider, endless, open } = subject();
    const controller = new AbortController();
    const reason = new Error("cancelled between");
    const stream = provider.stream(endless(), controller.signal);
    await stream.next();
    controller.abort(reason);
    await expect(stream.next()).rejects.toBe(reason);
    await vi.waitFor(() => expect(open()).toBe(0));
  });
}

function leaving(subject: () => ProviderUnderTest): void {
  it("does nothing before the first next()", async () => {
    const { provider, asking, calls } = subject();
    const stream = provider.stream(asking("plum"), never());
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(calls()).toBe(0);
    await stream.return();
    expect(calls()).toBe(0);
  });

  it("cleans up when the iteration is left early", async () => {
    const { provider, endless, open } = subject();
    for await (const delta of provider.stream(endless(), never())) {
      expect(delta.type).toBe("text");
      break;
    }
    await vi.waitFor(() => expect(open()).toBe(0));
  });

  it("leaves no listener on the signal behind", async () => {
    const { provider, asking } = subject();
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, "addEventListener");
    const removed = vi.spyOn(signal, "removeEventListener");
    await collect(provider.stream(asking("plum"), signal));
    expect(removed.mock.calls.length).toBeGreaterThanOrEqual(added.mock.calls.length);
  });
}
