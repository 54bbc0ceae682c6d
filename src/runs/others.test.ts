/** Two engines on one store that hear each other, and look at the store by themselves far too seldom for these tests. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createScriptedProvider, textAnswer } from "../providers/scripted.ts";
import { openSqliteStore } from "../storage/sqlite/open.ts";
import type { Store } from "../workflow/ports/store.ts";
import type { Wakeup, Wakeups } from "../workflow/ports/wakeups.ts";
import { composeTestEngine, type TestEngine } from "./testing/engine.ts";

const USER = "ada";
const NEVER = new AbortController().signal;

/** Those who hear each other at once, and all that was told; what is told while the line is down is lost. */
function company() {
  const members = new Map<Wakeups, Parameters<Wakeups["listen"]>>();
  const told: Wakeup[] = [];
  let isDown = false;
  const join = (): Wakeups => {
    const wakeups: Wakeups = {
      connected: true,
      listen: (...listener) => void members.set(wakeups, listener),
      send: (wakeup) => {
        told.push(wakeup);
        if (isDown) return;
        for (const [member, [onWakeup]] of members) if (member !== wakeups) onWakeup(wakeup);
      },
    };
    return wakeups;
  };
  const cut = (): void => {
    isDown = true;
  };
  const mend = (): void => {
    isDown = false;
    for (const [, onGap] of members.values()) onGap();
  };
  return { told, join, cut, mend };
}

let directory: string;
let store: Store;
let engines: TestEngine[] = [];
let others: ReturnType<typeof company>;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setInterval"] });
  directory = await mkdtemp(join(tmpdir(), "chatter-others-"));
  store = await openSqliteStore(directory, { exclusive: true });
  others = company();
});
afterEach(async () => {
  for (const engine of engines) {
    await engine.executor.handOver();
    await engine.stop();
  }
  engines = [];
  await store.close();
  await rm(directory, { recursive: true, force: true });
  vi.useRealTimers();
});

async function start(maxConcurrentRuns: number, words: string, delayMs = 0): Promise<TestEngine> {
  const provider = createScriptedProvider(() => textAnswer(words), { delayMs });
  const on = { ...store, wakeups: others.join() };
  const engine = composeTestEngine(on, { provider, maxConcurrentRuns });
  engines.push(engine);
  await engine.start();
  return engine;
}

const LONG = Array.from({ length: 2000 }, () => "word").join(" ");

it("a run for which there is no room is taken up where there is", async () => {
  const full = await start(0, "never");
  const free = await start(10, "from elsewhere");
  const { run } = await full.service.send(USER, { message: "hello" }, null);
  expect(run.status).toBe("queued");
  const answer = await full.service.wait(run, NEVER);
  expect(answer.message.content).toBe("from elsewhere");
  expect(free.ended).toHaveLength(1);
  expect(others.told).toContainEqual({ what: "work" });
});

it("a run is stopped where it is, by whoever is asked", async () => {
  const one = await start(10, LONG, 20);
  const two = await start(10, LONG, 20);
  const { run } = await one.service.send(USER, { message: "hello" }, null);
  await two.service.cancel(USER, run.id);
  await vi.waitFor(() => expect(one.ended).toHaveLength(1), 5000);
  expect((await store.runs.get(USER, run.id))?.status).toBe("cancelled");
});

it("whoever follows a run elsewhere reads on with each group of events that is stored", async () => {
  const one = await start(10, LONG, 2);
  const two = await start(10, LONG, 2);
  const { run } = await one.service.send(USER, { message: "hello" }, null);
  const reader = two.service.follow(run, NEVER);
  await reader.next();
  const since = others.told.length;
  await reader.next();
  await reader.next();
  const news = others.told.slice(since).filter(({ what }) => what === "news");
  expect(news.length).toBeGreaterThan(1);
  expect(others.told.filter(({ what }) => what === "follow")).toHaveLength(1);
});

it("after a gap everything is looked at", async () => {
  const full = await start(0, "never");
  await start(10, "at last");
  others.cut();
  const { run } = await full.service.send(USER, { message: "hello" }, null);
  others.mend();
  expect((await full.service.wait(run, NEVER)).message.content).toBe("at last");
});
