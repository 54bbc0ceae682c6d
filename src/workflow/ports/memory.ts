/** The port of memory: what a conversation said before. */
import type { ModelMessage } from "./model.ts";

interface Recall {
  /** The last messages of the branch, oldest first, ending with the user's message of this run. */
  readonly messages: readonly ModelMessage[];
  /** What was said before them, in short; null where nothing was summed up. */
  readonly summary: string | null;
}

export interface Memory {
  /**
   * Reads the `window` last messages of the branch that ends in `userMessageId`. Its cost does not depend on
   * the length of the conversation. Called once at the beginning of a run.
   */
  recall(query: {
    readonly userId: string;
    readonly conversationId: string;
    readonly userMessageId: string;
    readonly window: number;
  }): Promise<Recall>;
}
