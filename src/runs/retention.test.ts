import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Store } from "../workflow/ports/store.ts";
import { startPruning } from "./retention.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

it("forgets everything that is over, again and again, until it is stopped", async () => {
  const pruned: [what: string, time: number][] = [];
  const prune = (what: string) => (time: number) => {
    pruned.push([what, time]);
    return Promise.resolve(0);
  };
  const store = {
    events: { prune: prune("events") },
    toolCalls: { prune: prune("arguments of tool calls") },
    manualCalls: { prune: prune("arguments of calls by hand") },
    idempotency: { prune: prune("keys") },
    limits: { prune: prune("limits") },
    sources: { sweep: prune("sources") },
    chunks: { sweep: () => prune("chunks")(0) },
  } as unknown as Store;
  const stop = startPruning(store, 60_000, (error) => {
    throw error;
  });
  await vi.advanceTimersByTimeAsync(30_000);
  const now = 1_000_030_000;
  expect(pruned).toEqual([
    ["events", now - 60_000],
    ["arguments of tool calls", now - 60_000],
    ["arguments of calls by hand", now - 60_000],
    ["keys", now - 24 * 3_600_000],
    ["limits", now],
    ["sources", now - 24 * 3_600_000],
    ["chunks", 0],
  ]);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(pruned).toHaveLength(14);
  stop();
  await vi.advanceTimersByTimeAsync(300_000);
  expect(pruned).toHaveLength(14);
});
