import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openSqliteStore } from "../storage/sqlite/open.ts";
import type { JobHandler } from "../workflow/ports/jobs.ts";
import type { Job } from "../workflow/ports/stores/jobs.ts";
import type { Store } from "../workflow/ports/store.ts";
import { JobRunner } from "./runner.ts";

const INSTANCE = { id: "here" };

/** Longer than a poll and the first pause after a failure, on a busy machine too. */
const WAIT_MS = 15_000;

describe("background jobs", () => {
  let directory: string;
  let store: Store;
  let runner: JobRunner;
  let errors: unknown[];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "chatter-jobs-"));
    store = await openSqliteStore(directory, { exclusive: true });
    await store.instances.register(INSTANCE.id, 60_000);
    errors = [];
  });
  afterEach(async () => {
    await runner.stop();
    await store.close();
    await rm(directory, { recursive: true, force: true });
  });

  function start(handler: Partial<JobHandler>, of: { id: string } = INSTANCE): JobRunner {
    runner = new JobRunner({
      store,
      instance: of,
      handlers: { work: { run: async () => {}, giveUp: async () => {}, ...handler } },
      onError: (error) => errors.push(error),
    });
    runner.start();
    return runner;
  }

  const add = (key: string) => store.jobs.add({ kind: "work", key, payload: { key } });
  const keyOf = ({ payload }: Job) => (payload as { key: string }).key;

  /** What waits or is under way, as another instance would find it when this one is gone. */
  async function left(): Promise<Job[]> {
    await store.instances.clear();
    await store.instances.register("later", 60_000);
    return store.transaction((tx) => tx.jobs.claim(["work"], "later", 100));
  }

  it("are each done once, two at a time, those first that were there before", async () => {
    for (let index = 0; index < 9; index++) await add(`job-${index}`);
    const done: string[] = [];
    let underway = 0;
    let most = 0;
    start({
      run: async (job) => {
        most = Math.max(most, ++underway);
        await new Promise((resolve) => setTimeout(resolve, 5));
        underway--;
        done.push(keyOf(job));
      },
    });
    await vi.waitFor(() => expect(done).toHaveLength(9), WAIT_MS);
    await add("late");
    runner.wake();
    await vi.waitFor(() => expect(done).toHaveLength(10), WAIT_MS);
    expect(new Set(done).size).toBe(10);
    expect(most).toBe(2);
    await runner.stop();
    expect(await left()).toEqual([]);
    expect(errors).toEqual([]);
  });

  it(
    "that fail are tried again, and given up after the fourth time",
    { timeout: 60_000 },
    async () => {
      await add("hopeless");
      const failures: number[] = [];
      const given: [string, unknown][] = [];
      const wrong = new Error("It does not work.");
      start({
        run: async ({ failures: before }) => {
          failures.push(before);
          throw wrong;
        },
        giveUp: async (job, error) => void given.push([keyOf(job), error]),
      });
      await vi.waitFor(() => expect(given).toEqual([["hopeless", wrong]]), 50_000);
      expect(failures).toEqual([0, 1, 2, 3]);
      expect(errors).toEqual([wrong, wrong, wrong, wrong]);
      await runner.stop();
      expect(await left()).toEqual([]);
    },
  );

  it("that may fail for ever are never given up", async () => {
    await add("patient");
    let tries = 0;
    start({
      maxFailures: Number.POSITIVE_INFINITY,
      run: async () => {
        if (++tries < 2) throw new Error("Not yet.");
      },
    });
    await vi.waitFor(() => expect(tries).toBe(2), WAIT_MS);
    expect(errors).toHaveLength(1);
  });

  it("that are under way when the server stops are told so, and begin again without a failure", async () => {
    await add("long");
    let began = false;
    start({
      run: async (_job, signal) => {
        began = true;
        await new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error));
        });
      },
    });
    await vi.waitFor(() => expect(began).toBe(true), WAIT_MS);
    await runner.stop();
    expect(errors).toEqual([]);
    expect((await left()).map((job) => [keyOf(job), job.failures])).toEqual([["long", 0]]);
  });
});
