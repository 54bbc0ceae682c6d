import { describe, expect, it } from "vitest";
import { Journal } from "./journal.ts";
import { LiveRuns } from "./live.ts";

const LONG_MS = 60_000;

function journal(attempt: number): Journal {
  return new Journal({ runId: "run_1", attempt, instanceId: "i1" });
}

/** Whether a promise is settled after everything that is ready has happened. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const turn = new Promise((resolve) => {
    setImmediate(() => resolve("turn"));
  });
  return (await Promise.race([promise, turn])) !== "turn";
}

describe("live runs", () => {
  it("are found while they are here; a later attempt takes the place of an earlier one", () => {
    const live = new LiveRuns();
    const [first, second] = [journal(1), journal(2)];
    live.add(first);
    expect(live.get("run_1")).toBe(first);
    live.add(second);
    // The first one ends late, and must not take the second away.
    live.remove(first);
    expect(live.get("run_1")).toBe(second);
    live.remove(second);
    expect(live.get("run_1")).toBeUndefined();
  });

  it("are news for everybody who waits for them, when they come and when they go", async () => {
    const live = new LiveRuns();
    const { signal } = new AbortController();
    const wait = () => live.news("run_1", LONG_MS, signal);
    const [one, two, other] = [wait(), wait(), live.news("run_2", LONG_MS, signal)];
    const here = journal(1);
    live.add(here);
    await Promise.all([one, two]);
    expect(await isSettled(other)).toBe(false);
    const next = wait();
    expect(await isSettled(next)).toBe(false);
    live.remove(here);
    await next;
    live.ring("run_2");
    await other;
  });

  it("are looked for again after a while, since only the store may know", async () => {
    const live = new LiveRuns();
    const since = performance.now();
    await live.news("run_1", 30, new AbortController().signal);
    expect(performance.now() - since).toBeGreaterThan(25);
  });

  it("are not waited for by who has left", async () => {
    const live = new LiveRuns();
    expect(await isSettled(live.news("run_1", LONG_MS, AbortSignal.abort()))).toBe(true);
    const abort = new AbortController();
    const waiting = live.news("run_1", LONG_MS, abort.signal);
    expect(await isSettled(waiting)).toBe(false);
    abort.abort();
    expect(await isSettled(waiting)).toBe(true);
  });
});
