/** The port of what does background work. */
import type { Job } from "./stores/jobs.ts";

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
