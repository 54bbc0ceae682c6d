/** Sending a message: to the end of the branch, behind a run under way, or in the place of another. */
import type { BranchMessage, Run } from "../../../../src/client/index.ts";
import { isUnset, NO_SETTINGS } from "../answer-settings.ts";
import { acceptedMessage, cutBefore } from "./branches.ts";
import { attempt, messageOptions, refreshConversation, type ThreadCore } from "./thread-core.ts";

/** The first message of a conversation has no parent; an edited one begins a tree of its own. */
const ROOT = "root";

/**
 * Where a message goes; null lets the server begin a conversation for it. One with settings of its own is made here,
 * empty: should the message then not be taken, it goes there when it is sent again.
 */
async function placeFor(core: ThreadCore): Promise<string | null> {
  const { conversationId } = core.state.get();
  const { draft, client, onMoved } = core.ports;
  const settings = draft.get();
  if (conversationId !== null || isUnset(settings)) return conversationId;
  const signal = core.signal();
  const conversation = await client.createConversation(settings);
  draft.set(NO_SETTINGS);
  // Whoever has left meanwhile still gets the answer, but keeps what is on the screen.
  if (!signal.aborted) {
    core.state.patch({ conversationId: conversation.id, conversation });
    onMoved(conversation.id, null, false);
  }
  return conversation.id;
}

/** Sends a message. False when the server did not take it. */
export async function send(core: ThreadCore, text: string): Promise<boolean> {
  const { live, outgoing, messages } = core.state.get();
  // Behind a run under way the server finds the place itself, when that run has ended.
  const waits = live !== null;
  if (outgoing !== null) return false;
  const parent = messages.at(-1)?.id ?? null;
  core.state.patch({ outgoing: text });
  const run = await attempt(core, async () => {
    const conversationId = await placeFor(core);
    return core.ports.client.chatInBackground({
      message: text,
      ...(conversationId === null ? {} : { conversation_id: conversationId }),
      ...(parent === null || waits ? {} : { parent_id: parent }),
      ...messageOptions(core),
    });
  });
  if (core.state.get().outgoing === text) core.state.patch({ outgoing: null });
  if (!run) return false;
  accept(core, run, acceptedMessage(run, text, parent));
  return true;
}

/** Shows an accepted message: as the end of the branch, or in the queue behind a run under way. */
function accept(core: ThreadCore, run: Run, message: BranchMessage): void {
  const { live, queue, messages, conversationId, visit } = core.state.get();
  core.ports.onChanged();
  if (live !== null) {
    core.state.patch({ queue: [...queue, { runId: run.id, message }] });
    return;
  }
  core.state.patch({
    phase: "ready",
    conversationId: run.conversation_id,
    leaf: null,
    messages: [...messages, message],
    visit: visit + 1,
  });
  core.ports.onMoved(run.conversation_id, null, conversationId !== null);
  // The first message gives the conversation its title.
  if (messages.length === 0) void refreshConversation(core);
  core.follow(run);
}

/** Asks again with another text in the place of a user message. False when the server did not take it. */
export async function edit(
  core: ThreadCore,
  message: BranchMessage,
  text: string,
): Promise<boolean> {
  const run = await attempt(core, () =>
    core.ports.client.chatInBackground({
      message: text,
      conversation_id: message.conversation_id,
      parent_id: message.parent_id ?? ROOT,
      ...messageOptions(core),
    }),
  );
  if (!run) return false;
  const messages = cutBefore(core.state.get().messages, message.id);
  // What was under way belongs to the branch that is left here; it goes on without being watched.
  core.state.patch({ messages, live: null, queue: [], failure: null });
  accept(core, run, acceptedMessage(run, text, message.parent_id, message.sibling_ids));
  return true;
}
