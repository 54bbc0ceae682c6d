/** Does background work: takes jobs from the store and hands them to their handlers, some at a time. */
import type { JobHandler } from "../workflow/ports/jobs.ts";
import type { Job } from "../workflow/ports/stores/jobs.ts";
import type { Store } from "../workflow/ports/store.ts";

export interface JobRunnerPorts {
  readonly store: Store;
  /** The instance that holds what is taken; it may change when a lease was lost. */
  readonly instance: { readonly id: string };
  readonly handlers: Readonly<Record<string, JobHandler>>;
  readonly onError: (error: unknown) => void;
}

/** How many jobs are under way at a time. */
const PARALLEL = 2;

/**
 * How often the store is looked through; a job that is added here begins at once, and one that failed here when its
 * pause is over. Only on a store that others share may there be jobs that nobody tells us of.
 */
const POLL_MS = { shared: 1000, alone: 30_000 } as const;

const MAX_FAILURES = 4;
const PAUSE = { firstMs: 1000, longestMs: 60_000 } as const;

export class JobRunner {
  readonly #ports: JobRunnerPorts;
  readonly #abort = new AbortController();
  readonly #underway = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;
  #again = false;

  constructor(ports: JobRunnerPorts) {
    this.#ports = ports;
  }

  /** Begins to take jobs, those first that an earlier process left behind. */
  start(): void {
    const { shared } = this.#ports.store;
    this.#timer = setInterval(() => this.wake(), shared ? POLL_MS.shared : POLL_MS.alone);
    this.#timer.unref();
    this.wake();
  }

  /** Says that a job may be waiting. */
  wake(): void {
    this.#again = true;
    if (this.#timer === null || this.#looking) return;
    this.#looking = this.#look()
      .catch(this.#ports.onError)
      .finally(() => {
        this.#looking = null;
        if (this.#again) this.wake();
      });
  }

  /** Stops what is under way, to be taken up again at the next start; resolves when nothing is any more. */
  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    this.#abort.abort(new Error("The server is stopping."));
    await this.#looking;
    await Promise.all(this.#underway);
  }

  async #look(): Promise<void> {
    this.#again = false;
    const { store, instance, handlers } = this.#ports;
    for (;;) {
      const room = PARALLEL - this.#underway.size;
      if (room <= 0 || this.#timer === null) return;
      const held = instance.id;
      const jobs = await store.transaction((tx) =>
        tx.jobs.claim(Object.keys(handlers), held, room),
      );
      for (const job of jobs) this.#begin(job, held);
      if (jobs.length < room) return;
    }
  }

  #begin(job: Job, instanceId: string): void {
    const work = this.#do(job, instanceId)
      .catch(this.#ports.onError)
      .finally(() => {
        this.#underway.delete(work);
        this.wake();
      });
    this.#underway.add(work);
  }

  async #do(job: Job, instanceId: string): Promise<void> {
    const { store, handlers } = this.#ports;
    const handler = handlers[job.kind];
    if (!handler) return;
    try {
      await handler.run(job, this.#abort.signal);
    } catch (error) {
      return this.#putBack(job, instanceId, handler, error);
    }
    await store.jobs.finish(job.id, instanceId);
  }

  async #putBack(job: Job, instanceId: string, handler: JobHandler, error: unknown): Promise<void> {
    const { store, onError } = this.#ports;
    if (this.#abort.signal.aborted) {
      await store.jobs.release(job.id, instanceId);
      return;
    }
    onError(error);
    if (job.failures + 1 >= (handler.maxFailures ?? MAX_FAILURES)) {
      await handler.giveUp(job, error);
      await store.jobs.finish(job.id, instanceId);
      return;
    }
    const { firstMs, longestMs } = handler.pause ?? PAUSE;
    const pause = Math.min(firstMs * 2 ** job.failures, longestMs);
    await store.jobs.retry(job.id, instanceId, Date.now() + pause);
    setTimeout(() => this.wake(), pause + 1).unref();
  }
}
