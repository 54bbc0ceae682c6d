/** Memory over the store: the window of a branch that a run needs, and no more. */
import type { Memory } from "./ports/memory.ts";
import type { ModelMessage } from "./ports/model.ts";
import type { Store, StoredMessage } from "./ports/store.ts";

/** What of a stored message a model is to see; an answer that was cut off before its first word says nothing. */
function toModelMessages(message: StoredMessage): ModelMessage[] {
  const { role, content } = message;
  if (content === "" || role === "tool") return [];
  return [{ role, content }];
}

/** Memory that reads the last messages of the branch from the store. */
export function createMemory(store: Store): Memory {
  return {
    async recall({ userId, userMessageId, window }) {
      const messages = await store.messages.window(userId, userMessageId, window);
      return { messages: messages.flatMap(toModelMessages), summary: null };
    },
  };
}
