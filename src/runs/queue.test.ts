import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createScriptedProvider, textAnswer } from "../providers/scripted.ts";
import { openSqliteStore } from "../storage/sqlite/open.ts";
import type { Store } from "../workflow/ports/store.ts";
import type { StoredRun } from "../workflow/ports/stores/runs.ts";
import { accept } from "./accept/accept.ts";
import { composeTestEngine, type TestEngine } from "./testing/engine.ts";

const USER = "ada";

describe("the queue", () => {
  let directory: string;
  let store: Store;
  let engine: TestEngine | null = null;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "chatter-queue-"));
    store = await openSqliteStore(directory, { exclusive: true });
  });
  afterEach(async () => {
    await engine?.executor.handOver();
    await engine?.stop();
    engine = null;
    await store.close();
    await rm(directory, { recursive: true, force: true });
  });

  function compose(on: Store, options: { delayMs?: number; limit?: number } = {}): TestEngine {
    const { delayMs = 0 } = options;
    const provider = createScriptedProvider(() => textAnswer("one two three"), { delayMs });
    return (engine = composeTestEngine(on, {
      provider,
      ...(options.limit !== undefined && { maxConcurrentRuns: options.limit }),
    }));
  }

  const statusOf = async ({ id }: StoredRun): Promise<string | undefined> =>
    (await store.runs.get(USER, id))?.status;

  const completed = (run: StoredRun): Promise<void> =>
    vi.waitFor(async () => expect(await statusOf(run)).toBe("completed"), 5000);

  it("begins no more runs than it may, and the others in the order of their arrival", async () => {
    const on = compose(store, { delayMs: 20, limit: 2 });
    await on.start();
    const runs: StoredRun[] = [];
    for (let number = 0; number < 6; number++) {
      runs.push((await on.service.send(USER, { message: `${number}` }, null)).run);
    }
    const begun = runs.filter(({ status }) => status === "running");
    expect(begun).toEqual(runs.slice(0, 2));
    let most = 0;
    const isUnderWay = async (run: StoredRun): Promise<boolean> =>
      (await statusOf(run)) !== "completed";
    while ((await Promise.all(runs.map(isUnderWay))).includes(true)) {
      most = Math.max(most, on.executor.size);
      await sleep(2);
    }
    expect(most).toBe(2);
    const ended = await Promise.all(runs.map(({ id }) => store.runs.get(USER, id)));
    expect(ended.map((run) => run?.status)).toEqual(runs.map(() => "completed"));
    const starts = ended.map((run) => run?.started_at ?? "");
    expect(starts).toEqual(starts.toSorted());
  });

  it("takes up at its start what an earlier process left waiting or running", async () => {
    const before = compose(store, { delayMs: 1000 });
    await before.start();
    const running = (await before.service.send(USER, { message: "running" }, null)).run;
    const { conversation_id } = running;
    const waiting = await before.service.send(USER, { message: "waiting", conversation_id }, null);
    // The process dies: nothing is given back, and its lease is cleared by the next one that opens the store.
    await before.queue.stop();
    await store.instances.clear();

    const after = compose(store);
    await after.start();
    await completed(waiting.run);
    expect(await store.runs.get(USER, running.id)).toMatchObject({ attempt: 2, crashes: 1 });
    await before.executor.handOver();
    expect(await statusOf(running)).toBe("completed");
  });

  /** Stores a run as acceptance does, and tells nobody. */
  async function storeRun(on: TestEngine, instanceId: string | null): Promise<StoredRun> {
    const { plan } = await on.planner.plan(USER, {}, null);
    if (!plan) throw new Error("no plan");
    const { run } = await accept(store, {
      ownerId: USER,
      plan,
      onConflict: "enqueue",
      idempotency: null,
      instanceId,
      subject: { content: "unheard", conversationId: null, parentId: null },
    });
    return run;
  }

  it("begins again a run that is ours and that nobody runs, but not one that is just about to begin", async () => {
    // Only on a shared store it looks every second.
    const on = compose({ ...store, shared: true });
    const lost = await storeRun(on, on.instance.id);
    await on.start();
    // However often others say that there is work.
    for (let look = 0; look < 5; look++) await on.queue.look();
    await sleep(500);
    expect(await store.runs.get(USER, lost.id)).toMatchObject({ status: "running", attempt: 1 });
    await completed(lost);
    expect(await store.runs.get(USER, lost.id)).toMatchObject({ attempt: 2, crashes: 1 });
  });

  it("stops a run that begins while it is being stopped in the queue", async () => {
    const on = compose(store, { delayMs: 1000 });
    await on.start();
    const waiting = await storeRun(on, null);
    const claimed = await store.runs.claim(waiting.id, on.instance.id);
    if (!claimed) throw new Error("not claimed");
    const stopping = on.queue.stopRun(waiting, "cancel");
    on.queue.begin(claimed);
    await stopping;
    await on.executor.idle();
    expect(await statusOf(waiting)).toBe("cancelled");
  });
});
