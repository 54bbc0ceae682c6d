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
