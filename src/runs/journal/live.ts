/**
 * The journals of the runs that this process is running now, and a bell for those who wait for news of a run, wherever it
 * runs: instances tell each other of runs that are followed elsewhere, and of no others.
 */
import { NO_OTHERS, type Wakeups } from "../../workflow/ports/wakeups.ts";
import type { Journal } from "./journal.ts";
import { Recent } from "./recent.ts";

/** How long a run counts as followed after somebody said so, in milliseconds. */
const FOLLOWED_MS = 15_000;

/** How often an instance says that a run is followed, in milliseconds. */
const ANNOUNCE_MS = 5000;

/** How often the store is looked at for news where others would have told of them, in milliseconds. */
const LOOK_MS = 1000;

/** Hears of a run from the moment on that it was asked for, until it is disposed of. */
export interface Bell extends Disposable {
  /**
   * Resolves when there was news since the bell was made, or after `timeoutMs`: only the store may know. Where other
   * instances tell, it waits somewhat longer.
   */
  rings(timeoutMs: number, signal: AbortSignal): Promise<void>;
}

export class LiveRuns {
  readonly #journals = new Map<string, Journal>();
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #wakeups: Wakeups;
  readonly #followedElsewhere = new Recent(FOLLOWED_MS);
  readonly #announced = new Recent(ANNOUNCE_MS);

  constructor(wakeups: Wakeups = NO_OTHERS) {
    this.#wakeups = wakeups;
  }

  get(runId: string): Journal | undefined {
    return this.#journals.get(runId);
  }

  add(journal: Journal): void {
    const { runId } = journal.fence;
    this.#journals.set(runId, journal);
    this.#tell(runId);
  }

  remove(journal: Journal): void {
    const { runId } = journal.fence;
    if (this.#journals.get(runId) === journal) this.#journals.delete(runId);
    this.#tell(runId);
  }

  /** Says that events of these runs are in the store, where other instances can read them. */
  stored(runIds: readonly string[]): void {
    for (const runId of runIds) this.#tellOthers(runId);
  }

  /** Wakes those in this process who wait for news of a run. */
  ring(runId: string): void {
    for (const wake of this.#waiting.get(runId) ?? []) wake();
  }

  /** Wakes all in this process who wait: of something they were not told. */
  ringAll(): void {
    for (const runId of this.#waiting.keys()) this.ring(runId);
  }

  /** Notes that a run is followed on another instance. If it is here, its readers there look for what they have missed. */
  followElsewhere(runId: string): void {
    this.#followedElsewhere.add(runId);
    if (this.#journals.has(runId)) this.#tellOthers(runId);
  }

  /** Listens for news of a run, wherever it runs. */
  listen(runId: string): Bell {
    this.#announce(runId);
    const { promise: rung, resolve: wake } = Promise.withResolvers<void>();
    const waiting = this.#waiting.get(runId) ?? new Set();
    this.#waiting.set(runId, waiting.add(wake));
    return {
      rings: (timeoutMs, signal) => {
        const limitMs = this.#wakeups.connected ? Math.max(timeoutMs, LOOK_MS) : timeoutMs;
        return rungWithin(rung, limitMs, signal);
      },
      [Symbol.dispose]: () => {
        waiting.delete(wake);
        if (waiting.size === 0 && this.#waiting.get(runId) === waiting) this.#waiting.delete(runId);
      },
    };
  }

  #announce(runId: string): void {
    if (!this.#wakeups.connected || this.#journals.has(runId) || this.#announced.has(runId)) return;
    this.#announced.add(runId);
    this.#wakeups.send({ what: "follow", runId });
  }

  #tell(runId: string): void {
    this.ring(runId);
    this.#tellOthers(runId);
  }

  #tellOthers(runId: string): void {
    if (this.#followedElsewhere.has(runId)) this.#wakeups.send({ what: "news", runId });
  }
}

/** Waits for a bell, but not longer than the limit, nor than the signal allows. */
async function rungWithin(
  rung: Promise<void>,
  limitMs: number,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const end = (): void => resolve();
  const timer = setTimeout(end, limitMs);
  signal.addEventListener("abort", end, { once: true });
  await Promise.race([rung, over]);
  clearTimeout(timer);
  signal.removeEventListener("abort", end);
}
