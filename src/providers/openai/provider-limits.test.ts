import { describe, expect, it, vi } from "vitest";
import { ask, collectUntilError, textOf } from "../testing/collect.ts";
import { failing, pair, run, streaming } from "../testing/pair.ts";
import { chunk, DONE, HANG, type StubAnswer } from "../testing/stub-upstream.ts";

describe("a time limit", () => {
  it.each([
    ["first token, slow headers", { firstTokenMs: 500 }, [{ headersDelayMs: 5_000 }], ""],
    [
      "first token, role and comments only",
      { firstTokenMs: 60 },
      [streaming(chunk({ role: "assistant" }), ": hi\n\n", HANG)],
      "",
    ],
    ["idle", { idleMs: 60 }, [streaming(chunk({ content: "par" }), HANG)], "par"],
    ["total", { totalMs: 1500 }, [streaming(chunk({ content: "par" }), HANG)], "par"],
  ] as [string, object, StubAnswer[], string][])(
    "ends the call: %s",
    async (_name, limits, answers, text) => {
      const one = await pair(answers, { limits });
      const { deltas, error } = await run(one);
      expect(textOf(deltas)).toBe(text);
      expect(error).toMatchObject({ code: "PROVIDER_TIMEOUT", retryable: text === "" });
      expect(one.upstream.requests).toHaveLength(1);
      expect(await one.upstream.requests[0]?.closed).toBe(true);
    },
  );

  it("reports the status of an error whose text does not end", async () => {
    const one = await pair([{ status: 400, steps: ["{", HANG] }], {
      limits: { firstTokenMs: 1500 },
    });
    expect((await run(one)).error.message).toContain("400");
  });

  it("starts again with every attempt", async () => {
    const slow = { headersDelayMs: 300, status: 500 };
    const one = await pair(
      [slow, slow, { headersDelayMs: 300, steps: [chunk({ content: "ok" }, "stop")] }],
      {
        limits: { firstTokenMs: 800 },
      },
    );
    expect(textOf((await run(one)).deltas)).toBe("ok");
  });

  it("for the whole call counts the retries", async () => {
    const one = await pair([failing(500)], {
      limits: { totalMs: 5000 },
      retry: { baseMs: 10_000 },
    });
    expect((await run(one)).error.message).toContain("500");
    expect(one.upstream.requests).toHaveLength(1);
  });

  it("for silence is not reached while bytes keep coming", async () => {
    const slow = Array.from({ length: 8 }, () => [": still here\n\n", { waitMs: 150 }]).flat();
    const one = await pair(
      [streaming(chunk({ content: "o" }), ...slow, chunk({ content: "k" }, "stop"), DONE)],
      {
        limits: { idleMs: 900 },
      },
    );
    expect(textOf((await run(one)).deltas)).toBe("ok");
  });
});

describe("an abort", () => {
  it.each([
    ["before the headers", { headersDelayMs: 10_000 }],
    ["before the first token", streaming(HANG)],
    ["during the answer", streaming(chunk({ content: "par" }), HANG)],
  ] as [string, StubAnswer][])("closes the connection: %s", async (_name, answer) => {
    const { provider, upstream } = await pair([answer]);
    const controller = new AbortController();
    const reason = new Error("cancelled");
    const result = collectUntilError(provider.stream(ask("hi"), controller.signal));
    await vi.waitFor(() => expect(upstream.requests).toHaveLength(1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const from = performance.now();
    controller.abort(reason);
    expect((await result).error).toBe(reason);
    expect(await upstream.requests[0]?.closed).toBe(true);
    expect(performance.now() - from).toBeLessThan(1_000);
    expect(upstream.requests).toHaveLength(1);
  });

  it("ends the pause before a retry", async () => {
    const { provider, upstream } = await pair([failing(500)], { retry: { baseMs: 10_000 } });
    const controller = new AbortController();
    const result = collectUntilError(provider.stream(ask("hi"), controller.signal));
    await vi.waitFor(() => expect(upstream.requests).toHaveLength(1));
    setTimeout(() => controller.abort(new Error("cancelled")), 30);
    expect((await result).error).toEqual(new Error("cancelled"));
  });

  it("closes the connection even while nobody asks for the next delta", async () => {
    const { provider, upstream } = await pair([streaming(chunk({ content: "par" }), HANG)]);
    const controller = new AbortController();
    const stream = provider.stream(ask("hi"), controller.signal);
    await stream.next();
    controller.abort(new Error("cancelled"));
    expect(await upstream.requests[0]?.closed).toBe(true);
    await expect(stream.next()).rejects.toThrow("cancelled");
  });
});
