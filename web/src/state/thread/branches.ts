/** Messages as a tree: joining pages of a branch, and finding the end of another. */
import type { BranchMessage, Client, Message, Run } from "../../../../src/client/index.ts";

/**
 * A branch after its newest page was read again: what was loaded before the page stays.
 * Null when the two do not meet, and only the page is known.
 */
export function joinPage(
  known: readonly BranchMessage[],
  page: readonly BranchMessage[],
): readonly BranchMessage[] | null {
  const first = page[0];
  const at = first ? known.findIndex((message) => message.id === first.id) : -1;
  return at < 0 ? null : [...known.slice(0, at), ...page];
}

/** A branch up to and with a message; all of it when the message is not on it. */
export function cutAfter(
  messages: readonly BranchMessage[],
  id: string | null,
): readonly BranchMessage[] {
  const at = messages.findIndex((message) => message.id === id);
  return at < 0 ? messages : messages.slice(0, at + 1);
}

/** A branch up to a message, without it. */
export function cutBefore(
  messages: readonly BranchMessage[],
  id: string,
): readonly BranchMessage[] {
  const at = messages.findIndex((message) => message.id === id);
  return at < 0 ? messages : messages.slice(0, at);
}

/** The newest message without an answer below a message: the end of the branch through it. */
export function newestLeafBelow(messages: readonly Message[], id: string): string {
  const newestChild = new Map<string, string>();
  // Ids sort by time, so the greatest child is the newest.
  for (const { id: child, parent_id: parent } of messages) {
    if (parent !== null && child > (newestChild.get(parent) ?? "")) newestChild.set(parent, child);
  }
  let leaf = id;
  for (let next = newestChild.get(leaf); next !== undefined; next = newestChild.get(leaf)) {
    leaf = next;
  }
  return leaf;
}

/** The end of the branch through a message, as the server knows it. */
export async function findLeaf(
  client: Client,
  conversationId: string,
  messageId: string,
): Promise<string> {
  const { messages } = await client.exportConversation(conversationId);
  return newestLeafBelow(messages, messageId);
}

/** The user message of an accepted run, as the server has stored it. */
export function acceptedMessage(
  run: Run,
  content: string,
  parentId: string | null,
  siblings: readonly string[] = [],
): BranchMessage {
  return {
    id: run.user_message_id,
    conversation_id: run.conversation_id,
    parent_id: parentId,
    run_id: run.id,
    role: "user",
    content,
    reasoning: null,
    tool_calls: null,
    tool_call_id: null,
    citations: null,
    status: "complete",
    provider: null,
    model: null,
    usage: null,
    response_time_ms: null,
    created_at: run.created_at,
    metadata: {},
    feedback: null,
    sibling_ids: [...siblings, run.user_message_id],
  };
}
