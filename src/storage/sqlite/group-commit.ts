/**
 * Transactions that arrive together share one commit, and so one wait for the disk. Each has a savepoint of
 * its own: a failing one is undone alone. None is answered for before the shared commit.
 */
import { CompiledQuery, type Kysely } from "kysely";
import type { Schema } from "../schema.ts";
import type { RunTransaction } from "../store.ts";

interface Job {
  /** Does the work; returns how to answer for it, which is called when it is durable. */
  readonly perform: (db: Kysely<Schema>) => Promise<() => void>;
  readonly fail: (error: unknown) => void;
}

/** Keeps one commit from growing so large that those behind it wait long. */
const MAX_JOBS = 100;

const savepoint = CompiledQuery.raw("savepoint job");
const release = CompiledQuery.raw("release job");
const undo = CompiledQuery.raw("rollback to job");

async function performAll(db: Kysely<Schema>, jobs: readonly Job[]): Promise<(() => void)[]> {
  const answers: (() => void)[] = [];
  for (const job of jobs) {
    await db.executeQuery(savepoint);
    try {
      answers.push(await job.perform(db));
    } catch (error) {
      await db.executeQuery(undo);
      answers.push(() => job.fail(error));
    }
    await db.executeQuery(release);
  }
  return answers;
}

/** Returns a function that runs transactions on `db` in groups, in the order of their arrival. */
export function groupCommit(db: Kysely<Schema>): RunTransaction {
  let waiting: Job[] = [];
  let busy = false;

  async function drain(): Promise<void> {
    busy = true;
    while (waiting.length > 0) {
      const jobs = waiting.slice(0, MAX_JOBS);
      waiting = waiting.slice(MAX_JOBS);
      try {
        const answers = await db.transaction().execute((tx) => performAll(tx, jobs));
        for (const answer of answers) answer();
      } catch (error) {
        for (const job of jobs) job.fail(error);
      }
    }
    busy = false;
  }

  return <T>(work: (db: Kysely<Schema>) => Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      waiting.push({
        perform: async (tx) => {
          const result = await work(tx);
          return () => resolve(result);
        },
        fail: reject,
      });
      if (!busy) {
        busy = true;
        // Lets everything that this turn of the event loop still brings join the first group.
        setImmediate(() => void drain());
      }
    });
}
