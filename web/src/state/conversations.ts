/** The list of conversations: searched, paged, changed. */
import type { Client, Conversation } from "../../../src/client/index.ts";
import { createPagedList, type PagedList } from "./paged-list.ts";

/** The filter is the text that is searched for; empty for none. */
export interface ConversationList extends PagedList<Conversation, string> {
  /** Rejects when the server refuses; the list then stays as it was. */
  readonly rename: (id: string, title: string) => Promise<Conversation>;
  readonly remove: (id: string) => Promise<void>;
}

/** Builds the list over a client. */
export function createConversationList(client: Client): ConversationList {
  const list = createPagedList<Conversation, string>("", (q, page) =>
    client.listConversations({ ...page, ...(q ? { q } : {}) }),
  );
  const { state } = list;
  return {
    ...list,
    choose: (query) => list.choose(query.trim()),
    rename: async (id, title) => {
      const changed = await client.updateConversation(id, { title });
      const items = state.get().items.map((item) => (item.id === id ? changed : item));
      state.patch({ items });
      return changed;
    },
    remove: async (id) => {
      await client.deleteConversation(id);
      state.patch({ items: state.get().items.filter((item) => item.id !== id) });
    },
  };
}
