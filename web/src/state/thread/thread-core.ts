/** What the parts of a thread share. */
import type { AnswerView, ChatInput, Client, Run } from "../../../../src/client/index.ts";
import type { Store } from "../../api/store.ts";
import type { AnswerSettings } from "../answer-settings.ts";
import type { ModelChoice } from "../preferences.ts";
import type { ThreadState } from "./thread-state.ts";

/** What a thread needs from the page around it. */
export interface ThreadPorts {
  readonly client: Client;
  /** The model to ask; null leaves it to the server. */
  readonly model: () => ModelChoice | null;
  /** What the next message searches, as a request names it. */
  readonly scope: () => Pick<ChatInput, "retriever" | "document_ids">;
  /** The settings of a conversation that is about to begin. */
  readonly draft: Store<AnswerSettings>;
  /** The conversation (and branch) on the screen has changed by something done in it. */
  readonly onMoved: (conversationId: string, leaf: string | null, replace: boolean) => void;
  /** Something in the list of conversations may look different now. */
  readonly onChanged: () => void;
  readonly onAnswered: (view: AnswerView) => void;
}

/** What the actions of a thread share with it. */
export interface ThreadCore {
  readonly ports: ThreadPorts;
  readonly state: Store<ThreadState>;
  /** Aborts when another conversation is opened. */
  readonly signal: () => AbortSignal;
  /** Follows a run until its end, and then those that wait behind it; leaves the one before. */
  readonly follow: (run: Pick<Run, "id" | "user_message_id">) => void;
}

/** Title and settings may have changed with an answer; not knowing it yet does no harm. */
export async function refreshConversation(core: ThreadCore): Promise<void> {
  const { conversationId } = core.state.get();
  if (conversationId === null) return;
  const conversation = await core.ports.client
    .getConversation(conversationId)
    .catch(() => core.state.get().conversation);
  if (core.state.get().conversationId === conversationId) core.state.patch({ conversation });
}

/** Runs an action and shows its error, unless the conversation was left meanwhile. */
export async function attempt<T>(core: ThreadCore, action: () => Promise<T>): Promise<T | null> {
  const signal = core.signal();
  core.state.patch({ error: null });
  try {
    const result = await action();
    return signal.aborted ? null : result;
  } catch (error) {
    if (!signal.aborted) core.state.patch({ error });
    return null;
  }
}

/** What was chosen for the next message, as a request names it; what is absent is left to the server. */
export function messageOptions({
  ports,
}: ThreadCore): Pick<ChatInput, "provider" | "model" | "retriever" | "document_ids"> {
  return { ...ports.model(), ...ports.scope() };
}
