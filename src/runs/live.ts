/** The journals of the runs that this process is running now, and a bell for those who wait for one. */
import type { Journal } from "./journal.ts";

export class LiveRuns {
  readonly #journals = new Map<string, Journal>();
  readonly #waiting = new Map<string, Set<() => void>>();

  get(runId: string): Journal | undefined {
    return this.#journals.get(runId);
  }

  add(journal: Journal): void {
    this.#journals.set(journal.fence.runId, journal);
    this.ring(journal.fence.runId);
  }

  remove(journal: Journal): void {
    const { runId } = journal.fence;
    if (this.#journals.get(runId) === journal) this.#journals.delete(runId);
    this.ring(runId);
  }

  /** Wakes those who wait for news of a run. */
  ring(runId: string): void {
    const waiting = this.#waiting.get(runId);
    this.#waiting.delete(runId);
    for (const wake of waiting ?? []) wake();
  }

  /**
   * Resolves when there is news of a run in this process, or after `timeoutMs`: another instance may have
   * news that only the store knows.
   */
  async news(runId: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const waiting = this.#waiting.get(runId) ?? new Set();
    this.#waiting.set(runId, waiting);
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        waiting.delete(wake);
        if (waiting.size === 0 && this.#waiting.get(runId) === waiting) this.#waiting.delete(runId);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      signal.addEventListener("abort", wake, { once: true });
      waiting.add(wake);
    });
  }
}
