/** The fence of an attempt. */

/** What proves that a run is still ours: every write of an attempt carries it. */
export interface Fence {
  readonly runId: string;
  readonly attempt: number;
  readonly instanceId: string;
}
