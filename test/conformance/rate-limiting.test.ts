import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import type { LimitState } from "../../src/contract/limits.ts";
import type { RunPlan } from "../../src/contract/runs.ts";
import { RateLimitingMiddleware } from "../../src/middleware/rate-limiting.ts";
import type { RateLimit } from "../../src/middleware/store-rate-limiter.ts";
import { WorkflowError, WorkflowExecutionError } from "../../src/workflow/errors.ts";
import type { AdmissionRequest } from "../../src/workflow/ports/middleware.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import { ENGINES } from "../support/engines.ts";

function per(name: string, limit: number, windowSeconds: number): RateLimit {
  return { name, limit, windowSeconds };
}

function requestOf(userId: string): AdmissionRequest {
  return { userId, conversationId: null, plan: {} as RunPlan, message: "hello" };
}

describe.each(ENGINES)("rate limiting on $name", (engine) => {
  let store: Store;
  let dispose: () => Promise<void>;
  beforeEach(async () => {
    ({ store, dispose } = await engine.openStore());
  });
  afterEach(() => dispose());

  /** Admits a request as the server does; the transaction may have other reasons to be undone. */
  async function admit(
    limiting: RateLimitingMiddleware,
    userId = "ann",
    then: () => void = () => {},
  ): Promise<LimitState[]> {
    const request = requestOf(userId);
    await limiting.admit(request);
    return store.transaction(async (tx) => {
      const limits = await limiting.charge(request, tx);
      then();
      return limits;
    });
  }

  /** The error of a request that must be refused. */
  async function refused(limiting: RateLimitingMiddleware): Promise<WorkflowError> {
    const error = await admit(limiting).catch((thrown: unknown) => thrown);
    if (!(error instanceof WorkflowError)) throw new Error("It was not refused.", { cause: error });
    return error;
  }

  it("trap B4: a limit is no execution error, is kept in the store, and forgotten when it is over", async () => {
    const limits = [per("hour", 2, 3600)];
    await admit(new RateLimitingMiddleware(limits));
    await admit(new RateLimitingMiddleware(limits));
    // Another object knows of the first two: nothing is kept in memory.
    const error = await refused(new RateLimitingMiddleware(limits));
    expect(error).not.toBeInstanceOf(WorkflowExecutionError);
    expect(error.code).toBe("RATE_LIMITED");
    await store.limits.prune(Date.now() + 3_601_000);
    expect((await admit(new RateLimitingMiddleware(limits)))[0]?.remaining).toBe(1);
  });

  test("a request says how its windows stand", async () => {
    const limiting = new RateLimitingMiddleware([per("hour", 100, 3600), per("minute", 10, 60)]);
    const limits = await admit(limiting);
    expect(limits).toMatchObject([
      { name: "minute", limit: 10, window_seconds: 60, remaining: 9 },
      { name: "hour", limit: 100, window_seconds: 3600, remaining: 99 },
    ]);
    for (const { reset_seconds, window_seconds } of limits) {
      expect(reset_seconds).toBeLessThanOrEqual(window_seconds);
      expect(reset_seconds).toBeGreaterThan(window_seconds - 10);
    }
  });

  test("a refusal says so too, and when to come back", async () => {
    const limiting = new RateLimitingMiddleware([per("hour", 5, 3600), per("minute", 1, 60)]);
    await admit(limiting);
    const error = await refused(limiting);
    expect(error.message).toContain("1 per minute");
    expect(error.message).toMatch(/Try again in (60|5\d) s\./);
    expect(error.retryAfterMs).toBeGreaterThan(50_000);
    expect(error.retryAfterMs).toBeLessThanOrEqual(60_000);
    expect(error.details.limits).toMatchObject([
      { name: "minute", limit: 1, window_seconds: 60, remaining: 0 },
      { name: "hour", limit: 5, window_seconds: 3600, remaining: 4 },
    ]);
  });

  test("a refused request uses up no window", async () => {
    const both = new RateLimitingMiddleware([per("hour", 3, 3600), per("second", 1, 1)]);
    await admit(both);
    for (let index = 0; index < 5; index++) await refused(both);
    await sleep(1050);
    const limits = await admit(both);
    expect(limits.find(({ name }) => name === "hour")?.remaining).toBe(1);
  });

  test("a request whose transaction is undone takes nothing", async () => {
    const limiting = new RateLimitingMiddleware([per("hour", 2, 3600), per("day", 2, 86_400)]);
    await admit(limiting);
    const undone = admit(limiting, "ann", () => {
      throw new Error("refused for another reason");
    });
    await expect(undone).rejects.toThrow("refused for another reason");
    expect((await admit(limiting)).map(({ remaining }) => remaining)).toEqual([0, 0]);
    await refused(limiting);
  });

  test("of many requests at once exactly as many are admitted, while others are undone", async () => {
    const limiting = new RateLimitingMiddleware([per("hour", 30, 3600), per("day", 50, 86_400)]);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 120 }, (_, index) =>
        admit(limiting, "ann", () => {
          if (index % 10 === 3) throw new Error("undone");
        }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(30);
    expect((await admit(limiting, "bob")).map(({ remaining }) => remaining)).toEqual([29, 49]);
  });

  test("who was refused a moment ago is refused without the store, and nobody else is", async () => {
    const limiting = new RateLimitingMiddleware([per("hour", 1, 3600)]);
    await admit(limiting);
    const refusal = await refused(limiting);
    await expect(limiting.admit(requestOf("ann"))).rejects.toBe(refusal);
    await expect(limiting.admit(requestOf("bob"))).resolves.toBeUndefined();
    await sleep(1050);
    await expect(limiting.admit(requestOf("ann"))).resolves.toBeUndefined();
    await refused(limiting);
  });

  test("without limits of its own it allows 100 requests an hour", async () => {
    const limits = await admit(new RateLimitingMiddleware());
    expect(limits).toMatchObject([{ limit: 100, window_seconds: 3600, remaining: 99 }]);
  });
});
