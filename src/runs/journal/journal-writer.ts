/** Writes the journals of all live runs to the store, in groups: one transaction for many events of many runs. */
import type { Store } from "../../workflow/ports/store.ts";
import type { FencedBatch } from "../../workflow/ports/stores/events.ts";
import type { Journal, JournalEntry } from "./journal.ts";

/**
 * How long events wait to be written together. A crash loses what was not written, but nothing that was
 * promised: the run starts again, and `restart` tells its readers to drop what they saw.
 */
const INTERVAL_MS = 100;

/** The pause after a failed write. */
const RETRY_MS = 1000;

/** Makes the batch of consecutive entries of a journal; null when there are none. */
export function toBatch(journal: Journal, entries: readonly JournalEntry[]): FencedBatch | null {
  const first = entries[0];
  const last = entries.at(-1);
  if (!first || !last) return null;
  return {
    ...journal.fence,
    firstSeq: first.seq,
    lastSeq: last.seq,
    lines: entries.map((entry) => entry.json).join("\n"),
  };
}

export class JournalWriter {
  readonly #store: Store;
  readonly #onError: (error: unknown) => void;
  readonly #onStored: (runIds: readonly string[]) => void;
  /** The last event of each live journal that is in the store. */
  readonly #written = new Map<Journal, number>();
  /** A write waits for its time or is under way: there is one at a time, however slow the store is. */
  #busy = false;
  #flushing: Promise<void> = Promise.resolve();

  /** `onError` hears of writes that failed; they are tried again. `onStored` hears of what is in the store now. */
  constructor(
    store: Store,
    onError: (error: unknown) => void,
    onStored: (runIds: readonly string[]) => void = () => {},
  ) {
    this.#store = store;
    this.#onError = onError;
    this.#onStored = onStored;
  }

  /** Begins to write a journal. */
  track(journal: Journal): void {
    this.#written.set(journal, 0);
    this.#schedule(INTERVAL_MS);
  }

  /** Stops writing a journal, and returns what of it is not in the store yet. */
  async take(journal: Journal): Promise<JournalEntry[]> {
    await this.#flushing;
    const entries = journal.after(this.#written.get(journal) ?? 0);
    this.#written.delete(journal);
    return entries;
  }

  #schedule(delay: number): void {
    if (this.#busy) return;
    this.#busy = true;
    setTimeout(() => {
      this.#flushing = this.#flush();
    }, delay);
  }

  async #flush(): Promise<void> {
    let delay = INTERVAL_MS;
    try {
      await this.#write();
    } catch (error) {
      this.#onError(error);
      delay = RETRY_MS;
    }
    this.#busy = false;
    if (this.#written.size > 0) this.#schedule(delay);
  }

  async #write(): Promise<void> {
    const batches: FencedBatch[] = [];
    const reached = new Map<Journal, number>();
    for (const [journal, written] of this.#written) {
      const batch = toBatch(journal, journal.after(written));
      if (!batch) continue;
      batches.push(batch);
      reached.set(journal, batch.lastSeq);
    }
    if (batches.length === 0) return;
    await this.#store.transaction((tx) => tx.events.append(batches));
    for (const [journal, seq] of reached) this.#written.set(journal, seq);
    this.#onStored(batches.map(({ runId }) => runId));
  }
}
