/** The port of memory: what a conversation said before. */
import type { ModelMessage } from "./model.ts";

export interface Recall {
  /** The last messages of the branch, oldest first, ending with the user's message of this run. */
  readonly messages: readonly ModelMessage[];
  /** What was said before them, in short; null where nothing was summed up. */
  readonly summary: string | null;
  /** The last message that the summary covers. */
  readonly summarisedUntil: string | null;
  /** Whether any of this, the summary included, was written with text that others wrote before its model. */
  readonly untrusted: boolean;
  /** True when so much has fallen out of the window that it must be summed up before the model is asked. */
  readonly overdue: boolean;
}

/** Which part of which branch, and for whom. */
export interface MemoryQuery {
  readonly userId: string;
  readonly conversationId: string;
  /** The last message of the branch. */
  readonly leafId: string;
  /** How many of the last messages are always there. */
  readonly window: number;
}

/** Asks a model, out of everybody's sight, and returns all that it says. */
export type Ask = (messages: readonly ModelMessage[]) => Promise<string>;

export interface Memory {
  /**
   * Reads the end of a branch: the `window`, and with `summarised` what lies between the newest summary and the
   * window. Its cost does not depend on the length of the conversation. Called once at the beginning of a run.
   */
  recall(query: MemoryQuery & { readonly summarised: boolean }): Promise<Recall>;

  /**
   * Sums up what has fallen out of the window since the last summary, when that is worth a call of a model, and keeps
   * it. No question has more than `promptTokens` tokens. Returns whether there is a new summary. Throws what `ask`
   * throws; then the old summary stays.
   */
  refresh(query: MemoryQuery & { readonly promptTokens: number }, ask: Ask): Promise<boolean>;
}
