/** The port of summaries: what was said earlier on a branch, in short. */

/** What was said up to a message, that one included, in short. */
export interface Summary {
  readonly messageId: string;
  readonly text: string;
  /** Whether any message that it covers was written with text that others wrote before its model. */
  readonly untrusted: boolean;
  /** How far the message is from the leaf that was asked for; the leaf itself is 1. */
  readonly depth: number;
}

export interface SummaryStore {
  /** The summary nearest to a leaf on its path, at most `limit` messages away; null when there is none. */
  nearest(ownerId: string, leafId: string, limit: number): Promise<Summary | null>;
  /** Keeps the summary of everything up to a message, which must be the owner's; the newest one counts. */
  save(ownerId: string, messageId: string, text: string, untrusted: boolean): Promise<void>;
}
