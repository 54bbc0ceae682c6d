/**
 * Taint: whether the model has text before it that others wrote, such as passages of documents and results of tools. Such
 * text may hold instructions, and a model may follow them; no prompt prevents that. So what matters is never whether it
 * looks harmless, only that it is there.
 */
import type { StoredMessage } from "../ports/stores/messages.ts";
import type { ConversationState } from "../state.ts";

/** Whether a state holds such text. Before the memory step nobody knows what the past holds. */
export function isUntrusted(state: ConversationState): boolean {
  const { retrieval_context: retrieved, memory_context: memory, tool_calls: calls } = state;
  return (
    (memory?.untrusted ?? true) ||
    (retrieved !== null && retrieved.citations.length > 0) ||
    calls.some(({ untrusted }) => untrusted)
  );
}

/**
 * Whether a message was written with such text before its model: what it says may be what that text made it say. One that
 * was stored before this was known counts as such when it searched or called tools.
 */
export function isTainted(
  message: Pick<StoredMessage, "untrusted" | "citations" | "tool_calls">,
): boolean {
  return message.untrusted ?? (message.citations !== null || message.tool_calls !== null);
}
