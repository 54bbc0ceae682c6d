import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import type { RunPlan } from "../../src/contract/runs.ts";
import { RateLimitingMiddleware } from "../../src/middleware/rate-limiting.ts";
import type { RateLimit } from "../../src/middleware/store-rate-limiter.ts";
import { WorkflowError, WorkflowExecutionError } from "../../src/workflow/errors.ts";
import type { Admission } from "../../src/workflow/ports/middleware.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import { ENGINES } from "../support/engines.ts";

function per(name: string, limit: number, windowSeconds: number): RateLimit {
  return { name, limit, windowSeconds };
}

function admit(limiting: RateLimitingMiddleware, userId = "ann"): Promise<Admission> {
  return limiting.admit({ userId, conversationId: null, plan: {} as RunPlan, message: "hello" });
}

/** The error of a request that must be refused. */
async function refused(limiting: RateLimitingMiddleware): Promise<WorkflowError> {
  const error = await admit(limiting).catch((thrown: unknown) => thrown);
  if (!(error instanceof WorkflowError)) throw new Error("It was not refused.", { cause: error });
  return error;
}

describe.each(ENGINES)("rate limiting on $name", (engine) => {
  let store: Store;
  let dispose: () => Promise<void>;
  beforeEach(async () => {
    ({ store, dispose } = await engine.openStore());
  });
  afterEach(() => dispose());

  it("trap B4: a limit is no execution error, is kept in the store, and forgotten when it is over", async () => {
    const limits = [per("hour", 2, 3600)];
    await admit(new RateLimitingMiddleware(store, limits));
    await admit(new RateLimitingMiddleware(store, limits));
    // Another object knows of the first two: nothing is kept in memory.
    const error = await refused(new RateLimitingMiddleware(store, limits));
    expect(error).not.toBeInstanceOf(WorkflowExecutionError);
    expect(error.code).toBe("RATE_LIMITED");
    await store.limits.prune(Date.now() + 3_601_000);
    expect((await admit(new RateLimitingMiddleware(store, limits))).limits?.[0]?.remaining).toBe(1);
  });

  test("a request says how its windows stand", async () => {
    const limiting = new RateLimitingMiddleware(store, [
      per("hour", 100, 3600),
      per("minute", 10, 60),
    ]);
    const { limits } = await admit(limiting);
    expect(limits).toMatchObject([
      { name: "minute", limit: 10, window_seconds: 60, remaining: 9 },
      { name: "hour", limit: 100, window_seconds: 3600, remaining: 99 },
    ]);
    for (const { reset_seconds, window_seconds } of limits ?? []) {
      expect(reset_seconds).toBeLessThanOrEqual(window_seconds);
      expect(reset_seconds).toBeGreaterThan(window_seconds - 10);
    }
  });

  test("a refusal says so too, and when to come back", async () => {
    const limiting = new RateLimitingMiddleware(store, [
      per("hour", 5, 3600),
      per("minute", 1, 60),
    ]);
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
    const both = new RateLimitingMiddleware(store, [per("hour", 3, 3600), per("second", 1, 1)]);
    await admit(both);
    for (let index = 0; index < 5; index++) await refused(both);
    await sleep(1050);
    const { limits } = await admit(both);
    expect(limits?.find(({ name }) => name === "hour")?.remaining).toBe(1);
  });

  test("what is given back can be used again, once", async () => {
    const limiting = new RateLimitingMiddleware(store, [
      per("hour", 2, 3600),
      per("day", 2, 86_400),
    ]);
    await admit(limiting);
    const { undo } = await admit(limiting);
    await refused(limiting);
    await undo?.();
    expect((await admit(limiting)).limits?.map(({ remaining }) => remaining)).toEqual([0, 0]);
    await refused(limiting);
  });

  test("of many requests at once exactly as many are admitted, while others are given back", async () => {
    const limiting = new RateLimitingMiddleware(store, [
      per("hour", 30, 3600),
      per("day", 50, 86_400),
    ]);
    const outcomes = await Promise.allSettled(Array.from({ length: 120 }, () => admit(limiting)));
    const admitted = outcomes.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    expect(admitted).toHaveLength(30);
    await Promise.all(admitted.slice(0, 10).map(async ({ undo }) => undo?.()));
    const again = await Promise.allSettled(Array.from({ length: 60 }, () => admit(limiting)));
    expect(again.filter(({ status }) => status === "fulfilled")).toHaveLength(10);
    expect((await admit(limiting, "bob")).limits?.map(({ remaining }) => remaining)).toEqual([
      29, 49,
    ]);
  });

  test("without limits of its own it allows 100 requests an hour", async () => {
    const { limits } = await admit(new RateLimitingMiddleware(store));
    expect(limits).toMatchObject([{ limit: 100, window_seconds: 3600, remaining: 99 }]);
  });

  test("passes on what the store throws", async () => {
    const broken = { transaction: () => Promise.reject(new Error("no database")) };
    await expect(admit(new RateLimitingMiddleware(broken))).rejects.toThrow("no database");
  });
});
