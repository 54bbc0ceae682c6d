/** The list of conversations: searched, paged, changed. */
import type { Client, Conversation } from "../../../src/client/index.ts";
import { createStore, type Store } from "../api/store.ts";

interface ConversationListState {
  readonly items: readonly Conversation[];
  readonly nextCursor: string | null;
  readonly query: string;
  readonly phase: "loading" | "ready" | "failed";
  readonly loadingMore: boolean;
  readonly error: unknown;
}

export interface ConversationList {
  readonly state: Store<ConversationListState>;
  /** Reads the list again, as many as are shown. Never rejects. */
  readonly refresh: () => Promise<void>;
  readonly search: (query: string) => Promise<void>;
  readonly loadMore: () => Promise<void>;
  /** Rejects when the server refuses; the list then stays as it was. */
  readonly rename: (id: string, title: string) => Promise<Conversation>;
  readonly remove: (id: string) => Promise<void>;
}

const PAGE = 50;
const MOST_AT_ONCE = 200;

/** Builds the list over a client. */
export function createConversationList(client: Client): ConversationList {
  const state = createStore<ConversationListState>({
    items: [],
    nextCursor: null,
    query: "",
    phase: "loading",
    loadingMore: false,
    error: null,
  });
  // An answer counts only when nothing newer was asked for in the meantime.
  let asked = 0;
  const ask = async (cursor: string | null, limit: number): Promise<void> => {
    const turn = ++asked;
    const { query } = state.get();
    try {
      const page = await client.listConversations({
        limit,
        cursor,
        ...(query ? { q: query } : {}),
      });
      if (turn !== asked) return;
      const items = cursor === null ? page.data : merge(state.get().items, page.data);
      state.patch({ items, nextCursor: page.next_cursor, phase: "ready", loadingMore: false });
    } catch (error) {
      if (turn === asked) state.patch({ phase: "failed", error, loadingMore: false });
    }
  };
  return {
    state,
    refresh: () => ask(null, Math.min(MOST_AT_ONCE, Math.max(PAGE, state.get().items.length))),
    search: (query) => {
      state.patch({ query: query.trim(), phase: "loading" });
      return ask(null, PAGE);
    },
    loadMore: async () => {
      const { nextCursor, loadingMore } = state.get();
      if (nextCursor === null || loadingMore) return;
      state.patch({ loadingMore: true });
      await ask(nextCursor, PAGE);
    },
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

/** One list of two pages; what changed in between may stand on both. */
function merge(
  known: readonly Conversation[],
  more: readonly Conversation[],
): readonly Conversation[] {
  const ids = new Set(known.map((item) => item.id));
  return [...known, ...more.filter((item) => !ids.has(item.id))];
}
