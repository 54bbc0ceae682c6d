/** What a person can do in a conversation. */
import type { BranchMessage } from "../../../../src/client/index.ts";
import { cutAfter, findLeaf } from "./branches.ts";
import { edit, send } from "./send.ts";
import { attempt, messageOptions, type ThreadCore } from "./thread-core.ts";

export interface ThreadActions {
  /** Sends a message. False when the server did not take it: the text is then still the sender's. */
  readonly send: (text: string) => Promise<boolean>;
  /** Asks again with another text in the place of a user message: a branch. */
  readonly edit: (message: BranchMessage, text: string) => Promise<boolean>;
  /** Another answer: beside an assistant message, or to a user message. */
  readonly regenerate: (message: BranchMessage) => Promise<void>;
  /** Stops the answer under way; what is there is kept. */
  readonly stop: () => Promise<void>;
  /** Takes back a message that still waits. */
  readonly unqueue: (runId: string) => Promise<void>;
  /** Shows the branch through a sibling. */
  readonly switchTo: (messageId: string) => Promise<void>;
  readonly rate: (message: BranchMessage, rating: "up" | "down") => Promise<void>;
  /** A new conversation that begins with the branch up to a message. */
  readonly fork: (message: BranchMessage) => Promise<void>;
  readonly dismissError: () => void;
}

/** Builds the actions over what a thread shares with them. None of them rejects. */
export function createThreadActions(core: ThreadCore): ThreadActions {
  return {
    send: (text) => send(core, text),
    edit: (message, text) => edit(core, message, text),
    regenerate: (message) => regenerate(core, message),
    stop: () => stop(core),
    unqueue: (runId) => unqueue(core, runId),
    switchTo: (messageId) => switchTo(core, messageId),
    rate: (message, rating) => rate(core, message, rating),
    fork: (message) => fork(core, message),
    dismissError: () => core.state.patch({ error: null }),
  };
}

async function regenerate(core: ThreadCore, message: BranchMessage): Promise<void> {
  const run = await attempt(core, () =>
    core.ports.client.regenerateInBackground(message.id, messageOptions(core)),
  );
  if (!run) return;
  core.state.patch({
    messages: cutAfter(core.state.get().messages, run.user_message_id),
    leaf: null,
    failure: null,
  });
  core.ports.onMoved(run.conversation_id, null, true);
  core.follow(run);
}

async function stop(core: ThreadCore): Promise<void> {
  const { live } = core.state.get();
  if (!live || live.stopping) return;
  core.state.patch({ live: { ...live, stopping: true } });
  const run = await attempt(core, () => core.ports.client.cancelRun(live.runId));
  const now = core.state.get().live;
  if (!run && now?.runId === live.runId) core.state.patch({ live: { ...now, stopping: false } });
}

async function unqueue(core: ThreadCore, runId: string): Promise<void> {
  const waiting = core.state.get().queue.find((one) => one.runId === runId);
  if (!waiting) return;
  const done = await attempt(core, async () => {
    await core.ports.client.cancelRun(runId);
    // A message that nobody will answer must not stay behind as a branch of its own.
    await core.ports.client.deleteMessage(waiting.message.id);
    return true;
  });
  if (!done) return;
  core.state.patch({ queue: core.state.get().queue.filter((one) => one.runId !== runId) });
}

async function switchTo(core: ThreadCore, messageId: string): Promise<void> {
  const { conversationId } = core.state.get();
  if (conversationId === null) return;
  const leaf = await attempt(core, () => findLeaf(core.ports.client, conversationId, messageId));
  if (leaf !== null) core.ports.onMoved(conversationId, leaf, false);
}

async function rate(
  core: ThreadCore,
  message: BranchMessage,
  rating: "up" | "down",
): Promise<void> {
  const show = (feedback: BranchMessage["feedback"]): void => {
    const messages = core.state
      .get()
      .messages.map((one) => (one.id === message.id ? { ...one, feedback } : one));
    core.state.patch({ messages });
  };
  show({ rating, comment: message.feedback?.comment ?? null });
  const saved = await attempt(core, () => core.ports.client.putFeedback(message.id, { rating }));
  if (!saved) show(message.feedback);
}

async function fork(core: ThreadCore, message: BranchMessage): Promise<void> {
  const copy = await attempt(core, () =>
    core.ports.client.forkConversation(message.conversation_id, message.id),
  );
  if (!copy) return;
  core.ports.onChanged();
  core.ports.onMoved(copy.id, null, false);
}
