/** The port of limits: what is counted, so that it happens only so often. */

/** What a `take` found: whether there was room, and how the window stands now. */
export interface Taken {
  /** False when nothing was taken, because it would have gone over the limit. */
  readonly taken: boolean;
  /** How much of the window is used up. */
  readonly used: number;
  /** When the window ends, in milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Counts what may happen only so often, by key; a key's window begins with the first `take` and then ends by itself. */
export interface LimitStore {
  /**
   * Takes `points` from a key's window, all or none: never more than `limit` in one window, however many ask at
   * once. A window that is over gives way to a new one of `durationMs`. `points` is at most `limit`.
   */
  take(key: string, points: number, limit: number, durationMs: number): Promise<Taken>;
  /** Forgets windows that ended before `time` (milliseconds). */
  prune(time: number): Promise<void>;
}
