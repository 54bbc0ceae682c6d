/** The port of idempotency: which run a key of a request stands for. */

export interface IdempotencyStore {
  find(ownerId: string, key: string): Promise<{ requestHash: string; runId: string } | null>;
  /** Binds a key to a run. When it is bound already, nothing changes and the existing binding is returned. */
  bind(
    ownerId: string,
    key: string,
    requestHash: string,
    runId: string,
  ): Promise<{ requestHash: string; runId: string } | null>;
  /** Forgets keys bound before `time` (milliseconds). */
  prune(time: number): Promise<void>;
}
