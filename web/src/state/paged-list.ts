/** Long lists that are read page by page, through a filter. */
import type { ListPage, PageQuery } from "../../../src/client/index.ts";
import { createStore, type Store } from "../api/store.ts";

interface PagedState<T, F> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
  readonly filter: F;
  readonly phase: "loading" | "ready" | "failed";
  readonly loadingMore: boolean;
  readonly error: unknown;
}

export interface PagedList<T, F> {
  readonly state: Store<PagedState<T, F>>;
  /** Reads the list again, as many as are shown. Never rejects, as none of these do. */
  readonly refresh: () => Promise<void>;
  /** Reads the list through another filter. */
  readonly choose: (filter: F) => Promise<void>;
  readonly loadMore: () => Promise<void>;
}

const PAGE = 50;
const MOST_AT_ONCE = 200;

/** Builds the list over what reads a page of it; nothing is read before it is asked for. */
export function createPagedList<T extends { readonly id: string }, F>(
  first: F,
  read: (filter: F, query: PageQuery) => Promise<ListPage<T>>,
): PagedList<T, F> {
  const state = createStore<PagedState<T, F>>({
    items: [],
    nextCursor: null,
    filter: first,
    phase: "loading",
    loadingMore: false,
    error: null,
  });
  // An answer counts only when nothing newer was asked for in the meantime.
  let asked = 0;
  const ask = async (cursor: string | null, limit: number): Promise<void> => {
    const turn = ++asked;
    try {
      const page = await read(state.get().filter, { limit, cursor });
      if (turn !== asked) return;
      const items = cursor === null ? page.data : merge(state.get().items, page.data);
      const nextCursor = page.next_cursor;
      state.patch({ items, nextCursor, phase: "ready", loadingMore: false, error: null });
    } catch (error) {
      if (turn === asked) state.patch({ phase: "failed", error, loadingMore: false });
    }
  };
  return {
    state,
    refresh: () => ask(null, Math.min(MOST_AT_ONCE, Math.max(PAGE, state.get().items.length))),
    choose: (filter) => {
      state.patch({ filter, phase: "loading" });
      return ask(null, PAGE);
    },
    loadMore: async () => {
      const { nextCursor, loadingMore } = state.get();
      if (nextCursor === null || loadingMore) return;
      state.patch({ loadingMore: true });
      await ask(nextCursor, PAGE);
    },
  };
}

/** One list of two pages; what changed in between may stand on both. */
function merge<T extends { readonly id: string }>(
  known: readonly T[],
  more: readonly T[],
): readonly T[] {
  const ids = new Set(known.map((item) => item.id));
  return [...known, ...more.filter((item) => !ids.has(item.id))];
}
