import { describe, expect, it } from "vitest";
import type { Wakeup } from "../../workflow/ports/wakeups.ts";
import { Journal } from "./journal.ts";
import { LiveRuns } from "./live.ts";

const LONG_MS = 60_000;
const NEVER = new AbortController().signal;

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
    const [one, two, other] = [live.listen("run_1"), live.listen("run_1"), live.listen("run_2")];
    const waiting = [one, two].map((bell) => bell.rings(LONG_MS, NEVER));
    const elsewhere = other.rings(LONG_MS, NEVER);
    const here = journal(1);
    live.add(here);
    await Promise.all(waiting);
    expect(await isSettled(elsewhere)).toBe(false);
    const next = live.listen("run_1").rings(LONG_MS, NEVER);
    expect(await isSettled(next)).toBe(false);
    live.remove(here);
    await next;
    live.ringAll();
    await elsewhere;
  });

  it("are news also for who was still reading when they came, once", async () => {
    const live = new LiveRuns();
    const bell = live.listen("run_1");
    live.ring("run_1");
    await bell.rings(LONG_MS, NEVER);
    bell[Symbol.dispose]();
    expect(await isSettled(live.listen("run_1").rings(LONG_MS, NEVER))).toBe(false);
  });

  it("are looked for again after a while, since only the store may know", async () => {
    const live = new LiveRuns();
    const since = performance.now();
    await live.listen("run_1").rings(30, NEVER);
    expect(performance.now() - since).toBeGreaterThan(25);
  });

  it("are not waited for by who has left", async () => {
    const live = new LiveRuns();
    const bell = live.listen("run_1");
    expect(await isSettled(bell.rings(LONG_MS, AbortSignal.abort()))).toBe(true);
    const abort = new AbortController();
    const waiting = bell.rings(LONG_MS, abort.signal);
    expect(await isSettled(waiting)).toBe(false);
    abort.abort();
    expect(await isSettled(waiting)).toBe(true);
  });
});

describe("live runs of instances that hear each other", () => {
  /** Two of them, and what each has told the other. */
  function pair(): { live: [LiveRuns, LiveRuns]; told: Wakeup[][] } {
    const told: Wakeup[][] = [[], []];
    const live = told.map((sent) => {
      const send = (wakeup: Wakeup): void => void sent.push(wakeup);
      return new LiveRuns({ connected: true, send, listen: () => undefined });
    }) as [LiveRuns, LiveRuns];
    return { live, told };
  }

  it("are told of only while somebody follows them elsewhere", () => {
    const { live, told } = pair();
    const [one, two] = live;
    one.add(journal(1));
    one.stored(["run_1"]);
    expect(told[0]).toEqual([]);
    two.listen("run_1");
    two.listen("run_1");
    expect(told[1]).toEqual([{ what: "follow", runId: "run_1" }]);
    one.followElsewhere("run_1");
    const news = { what: "news", runId: "run_1" };
    expect(told[0]).toEqual([news]);
    one.stored(["run_1", "run_2"]);
    expect(told[0]).toEqual([news, news]);
  });

  it("are told of when they are taken over and when they end", () => {
    const { live, told } = pair();
    const [one] = live;
    one.followElsewhere("run_1");
    expect(told[0]).toEqual([]);
    const taken = journal(2);
    one.add(taken);
    one.remove(taken);
    const news = { what: "news", runId: "run_1" };
    expect(told[0]).toEqual([news, news]);
  });

  it("are not followed elsewhere by who has them", () => {
    const { live, told } = pair();
    live[0].add(journal(1));
    live[0].listen("run_1");
    expect(told[0]).toEqual([]);
  });
});
