/** The list of conversations: searched, paged, changed. */
import type { Client, Conversation } from "../../../src/client/index.ts";
import { createPagedList, type PagedList } from "./paged-list.ts";

/** The filter is the text that is searched for; empty for none. */
export interface ConversationList extends PagedList<Conversation, string> {
  /** Rejects when the server refuses; the list then stays as it was. */
  readonly rename: (id: string, title: string) => Promise<Conversation>;
  readonly remove: (id: string) => Promise<void>;
  /** The person to whom it was handed over is done with it. Rejects as above. */
  readonly handBack: (id: string) => Promise<Conversation>;
}

/** Builds the list over a client. */
export function createConversationList(client: Client): ConversationList {
  const list = createPagedList<Conversation, string>("", (q, page) =>
    client.listConversations({ ...page, ...(q ? { q } : {}) }),
  );
  const { state } = list;
  const put = (changed: Conversation): Conversation => {
    state.patch({
      items: state.get().items.map((item) => (item.id === changed.id ? changed : item)),
    });
    return changed;
  };
  return {
    ...list,
    choose: (query) => list.choose(query.trim()),
    rename: async (id, title) => put(await client.updateConversation(id, { title })),
    handBack: async (id) => put(await client.updateConversation(id, { escalated: false })),
    remove: async (id) => {
      await client.deleteConversation(id);
      state.patch({ items: state.get().items.filter((item) => item.id !== id) });
    },
  };
}

/** Whether somebody is to take over, or has, and is not done yet. */
export function isEscalated({ escalation }: Conversation): boolean {
  return escalation !== null && escalation.resolved_at === null;
}
