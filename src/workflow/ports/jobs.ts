/** The port of background work: jobs that outlive the process which took them on. */

/** A piece of work, as it is stored. */
export interface Job {
  readonly id: string;
  /** Which handler does it. */
  readonly kind: string;
  /** What the handler gets: JSON. */
  readonly payload: unknown;
  /** How often it has failed; being cut off by the end of a server is no failure. */
  readonly failures: number;
}

export interface NewJob {
  readonly kind: string;
  /** While a job of this kind and key waits or is under way, no second one is added. */
  readonly key: string;
  readonly payload: unknown;
  /** When it may begin, in milliseconds since 1970. */
  readonly runAt?: number;
}

export interface JobStore {
  /** Adds a job; in the caller's transaction, so that it is there exactly when what it works on is. */
  add(job: NewJob): Promise<void>;
  /**
   * Takes jobs that are due, or whose instance is gone, for this instance; each is given to one caller only.
   */
  claim(kinds: readonly string[], instanceId: string, limit: number): Promise<Job[]>;
  /** Removes a job that is done or given up. False when it is no longer ours. */
  finish(id: string, instanceId: string): Promise<boolean>;
  /** Counts a failure, and puts the job back to begin at `runAt`. False when it is no longer ours. */
  retry(id: string, instanceId: string, runAt: number): Promise<boolean>;
  /** Puts back a job that was cut off, to be begun at once by anybody. */
  release(id: string, instanceId: string): Promise<void>;
  /** Removes a job by its key, waiting or under way; whoever works on it finds out when it ends. */
  cancel(kind: string, key: string): Promise<void>;
}

/** What does the jobs of one kind. */
export interface JobHandler {
  /** After how many failures a job is given up; default 4. */
  readonly maxFailures?: number;
  /**
   * How long a job waits after its first failure, and at most, in milliseconds; each further failure doubles it.
   * Default: a second, and a minute.
   */
  readonly pause?: { readonly firstMs: number; readonly longestMs: number };
  /**
   * Does a job. It may have been begun before and cut off at any point, so it must be safe to begin again. A throw
   * is a failure, and puts the job back for later. `signal` aborts when the server stops; what is thrown then is none.
   */
  run(job: Job, signal: AbortSignal): Promise<void>;
  /** Called when the job has failed too often; it is then removed. */
  giveUp(job: Job, error: unknown): Promise<void>;
}
