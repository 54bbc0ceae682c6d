/** The port of events: what attempts have shown, to be read again. */

/** Consecutive events of one attempt: `lines` holds one JSON document a line. */
export interface EventBatch {
  readonly runId: string;
  readonly attempt: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly lines: string;
}

/** A batch with the proof that its attempt still holds the run. */
export interface FencedBatch extends EventBatch {
  readonly instanceId: string;
}

export interface EventStore {
  /** Writes batches of several runs; those of runs that are no longer held by their fence are left out. */
  append(batches: readonly FencedBatch[]): Promise<void>;
  /** The batches of an attempt that reach beyond `afterSeq`, in order, at most `limit`. */
  read(runId: string, attempt: number, afterSeq: number, limit: number): Promise<EventBatch[]>;
  /** Drops the events of runs that ended before `time` (milliseconds); returns how many batches. */
  prune(time: number): Promise<number>;
}
