/** Stores how an attempt ended, also where the database is away for a while. */
import { setTimeout as sleep } from "node:timers/promises";
import type { StoreTransaction } from "../../workflow/ports/store.ts";
import type { JournalEntry } from "../journal/journal.ts";
import type { Attempt, ExecutorPorts } from "./ports.ts";
import { RunStopped } from "./stop.ts";

/** How long the end of a run is tried to be stored before the run is left to be taken up again. */
const COMMIT_TRIES = 40;
const COMMIT_PAUSE_MS = { first: 100, longest: 5000 } as const;

/** Writes an end, with the events before it that are not stored yet. */
type Commit = (tx: StoreTransaction, unwritten: readonly JournalEntry[]) => Promise<boolean>;

/**
 * Stores an end, again and again while the database is away; false when the run is no longer ours. Throws the last error
 * when it was tried often enough, or the run is to be given back.
 */
export async function commitAttempt(
  { store, writer, observer }: Pick<ExecutorPorts, "store" | "writer" | "observer">,
  { run, journal, abort: { signal } }: Attempt,
  commit: Commit,
): Promise<boolean> {
  const unwritten = await writer.take(journal);
  let pause: number = COMMIT_PAUSE_MS.first;
  for (let tries = 1; ; tries++) {
    try {
      return await store.transaction((tx) => commit(tx, unwritten));
    } catch (error) {
      observer.failed(run, error);
      const handedOver = signal.reason instanceof RunStopped && signal.reason.reason === "handover";
      if (tries === COMMIT_TRIES || handedOver) throw error;
    }
    await sleep(pause);
    pause = Math.min(pause * 2, COMMIT_PAUSE_MS.longest);
  }
}
