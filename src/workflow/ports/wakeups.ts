/**
 * The port of wake-ups: what instances that share a store tell each other, so that none has to wait for its next look at
 * it. A wake-up says nothing that is not in the store, and may be lost: whoever relies on one looks from time to time too.
 */

/**
 * `work`: runs wait to be taken up. `stop`: a run is to stop. `news`: events of a run that others follow are in the store, or
 * it has ended. `follow`: somebody follows a run that is not where they are.
 */
export type Wakeup =
  | { readonly what: "work" }
  | { readonly what: "stop" | "news" | "follow"; readonly runId: string };

export interface Wakeups {
  /** Whether others are heard at the moment. While they are not, the store has to be looked at more often. */
  readonly connected: boolean;
  /** Tells all others, soon and together with what else there is to tell. Never throws. */
  send(wakeup: Wakeup): void;
  /** Begins to hear the others; `onGap` says that something may have been missed. Called once. */
  listen(onWakeup: (wakeup: Wakeup) => void, onGap: () => void): void;
}

/** Where no other instance can be. */
export const NO_OTHERS: Wakeups = Object.freeze({
  connected: false,
  send: () => undefined,
  listen: () => undefined,
});
