/**
 * Reading a run's events from any point, live or finished: from the journal in memory while the run is here,
 * from the store otherwise, and folded from the stored message when the events are no longer kept.
 */
import type { EventPosition } from "../../contract/events.ts";
import type { Store } from "../../workflow/ports/store.ts";
import type { StoredRun } from "../../workflow/ports/stores/runs.ts";
import type { Journal, JournalEntry } from "./journal.ts";
import type { LiveRuns } from "./live.ts";
import { foldRun, readStored } from "./stored.ts";

/** How often the store is asked for news of a run that is not here. */
const POLL_MS = 250;

/** The same for a run that waits for a person: decisions that are made here ring. */
const WAITING_POLL_MS = 1000;

function hasEnded(run: StoredRun): boolean {
  return run.status !== "queued" && run.status !== "running" && run.status !== "waiting";
}

/** One reader of one run. Every event after its position is given exactly once, in order. */
export class RunReader {
  readonly #store: Store;
  readonly #live: LiveRuns;
  readonly #ownerId: string;
  readonly #runId: string;
  readonly #signal: AbortSignal;
  #attempt: number;
  #seq: number;
  #journal: Journal | null = null;
  #pollMs = POLL_MS;
  /** How much of the live journal was given, in characters. */
  #given = 0;

  /**
   * `after`: the position of the last event that the reader has; null reads the newest attempt from its
   * beginning. When `signal` aborts, `next` waits no more.
   */
  constructor(
    ports: { store: Store; live: LiveRuns },
    run: { id: string; owner_id: string },
    after: EventPosition | null,
    signal: AbortSignal,
  ) {
    this.#store = ports.store;
    this.#live = ports.live;
    this.#ownerId = run.owner_id;
    this.#runId = run.id;
    this.#attempt = after?.attempt ?? 0;
    this.#seq = after?.seq ?? 0;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#journal?.wake(), { once: true });
  }

  /** What the live journal holds beyond what was given, in characters; 0 when the run is not here. */
  get backlog(): number {
    return this.#journal ? this.#journal.size - this.#given : 0;
  }

  /**
   * Waits for the next events, at least one; null when there will be none. After the signal has aborted it gives
   * what the live journal has already, such as an end that was reached while the server was closing, and then null.
   */
  async next(): Promise<readonly JournalEntry[] | null> {
    for (;;) {
      const journal = this.#attach();
      if (!journal && this.#signal.aborted) return null;
      // From before the store is read: what comes to it while it is read is news.
      using bell = journal ? null : this.#live.listen(this.#runId);
      const entries = journal ? this.#nextLive(journal) : await this.#nextStored();
      if (entries === null) return null;
      if (entries.length > 0) return entries;
      if (this.#signal.aborted) return null;
      await (journal?.changed(this.#seq) ?? bell?.rings(this.#pollMs, this.#signal));
    }
  }

  /** Binds the reader to the journal of the run's newest attempt when it is here. */
  #attach(): Journal | null {
    if (this.#journal && this.#journal.state !== "abandoned") return this.#journal;
    const journal = this.#live.get(this.#runId);
    const newest = journal !== undefined && journal.fence.attempt >= this.#attempt;
    this.#journal = newest && journal.state !== "abandoned" ? journal : null;
    if (this.#journal) {
      this.#enter(this.#journal.fence.attempt);
      this.#given = this.#journal.sizeUntil(this.#seq);
    }
    return this.#journal;
  }

  /** A later attempt is read from its beginning. */
  #enter(attempt: number): void {
    if (attempt > this.#attempt) this.#seq = 0;
    this.#attempt = attempt;
  }

  #advance(entries: readonly JournalEntry[]): readonly JournalEntry[] {
    this.#seq = entries.at(-1)?.seq ?? this.#seq;
    return entries;
  }

  #nextLive(journal: Journal): readonly JournalEntry[] | null {
    const entries = journal.after(this.#seq);
    if (entries.length === 0) return journal.state === "ended" ? null : [];
    this.#given = journal.size;
    return this.#advance(entries);
  }

  async #nextStored(): Promise<readonly JournalEntry[] | null> {
    const run = await this.#store.runs.get(this.#ownerId, this.#runId);
    if (!run) return null;
    this.#pollMs = run.status === "waiting" ? WAITING_POLL_MS : POLL_MS;
    // An id of an attempt that has not begun waits for it.
    if (this.#attempt > run.attempt) return hasEnded(run) ? null : [];
    this.#enter(run.attempt);
    const entries = await readStored(this.#store, run.id, run.attempt, this.#seq);
    if (entries.length > 0 || !hasEnded(run)) return this.#advance(entries);
    if (this.#seq >= run.last_seq) return null;
    const seq = this.#seq;
    return this.#advance((await foldRun(this.#store, run)).filter((entry) => entry.seq > seq));
  }
}
