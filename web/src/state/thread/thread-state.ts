/** The open conversation: what is shown of it. */
import type {
  AnswerView,
  BranchMessage,
  Conversation,
  RunProblem,
} from "../../../../src/client/index.ts";

/** An answer under way. */
export interface LiveAnswer {
  readonly runId: string;
  /** The message it answers: always the last of the branch shown. */
  readonly userMessageId: string;
  readonly view: AnswerView;
  /** `lost` while the stream reconnects. */
  readonly connection: "open" | "lost";
  readonly stopping: boolean;
}

/** A message that waits until the run before it is done. */
export interface QueuedMessage {
  readonly runId: string;
  readonly message: BranchMessage;
}

/** Why the last run of the branch failed. */
export interface RunFailure {
  readonly runId: string;
  readonly problem: RunProblem;
}

export interface ThreadState {
  /** `new` before the first message; `failed` when the conversation could not be read. */
  readonly phase: "new" | "loading" | "ready" | "failed";
  readonly conversationId: string | null;
  readonly leaf: string | null;
  readonly conversation: Conversation | null;
  /** A window on the branch, from its oldest loaded message to its leaf. */
  readonly messages: readonly BranchMessage[];
  readonly olderCursor: string | null;
  readonly loadingOlder: boolean;
  /** Sent, but not yet accepted by the server. */
  readonly outgoing: string | null;
  readonly live: LiveAnswer | null;
  readonly queue: readonly QueuedMessage[];
  readonly failure: RunFailure | null;
  /** The last thing a person asked for that did not work; or why the conversation could not be read. */
  readonly error: unknown;
  /** Rises when another conversation is shown or a message sent: the view then goes to its end. */
  readonly visit: number;
}

export const NEW_THREAD: ThreadState = Object.freeze({
  phase: "new",
  conversationId: null,
  leaf: null,
  conversation: null,
  messages: [],
  olderCursor: null,
  loadingOlder: false,
  outgoing: null,
  live: null,
  queue: [],
  failure: null,
  error: null,
  visit: 0,
});
