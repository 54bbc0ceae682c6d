/** Small lists that are read as a whole, and again whenever they are shown. */
import type { ListPage, PageQuery } from "../../../src/client/index.ts";
import { createStore, type Store } from "../api/store.ts";

interface ResourceState<T> {
  readonly items: readonly T[];
  /** `loading` only before the first answer: a list that is read again stays in sight. */
  readonly phase: "loading" | "ready" | "failed";
  readonly error: unknown;
}

export interface Resource<T> {
  readonly state: Store<ResourceState<T>>;
  /** Reads the list. Never rejects: what went wrong is in the state. */
  readonly load: () => Promise<void>;
}

/** Builds a list over what reads it; nothing is read before `load`. */
export function createResource<T>(read: () => Promise<readonly T[]>): Resource<T> {
  const state = createStore<ResourceState<T>>({ items: [], phase: "loading", error: null });
  // An answer counts only when nothing newer was asked for in the meantime.
  let asked = 0;
  return {
    state,
    load: async () => {
      const turn = ++asked;
      try {
        const items = await read();
        if (turn === asked) state.set({ items, phase: "ready", error: null });
      } catch (error) {
        if (turn === asked) state.patch({ phase: "failed", error });
      }
    },
  };
}

/** Waits for a change that the server makes to a list, and reads the list again; rejects when it is refused. */
export function createChange<T>(
  list: Resource<T>,
  onChanged: () => void,
): <R>(work: Promise<R>) => Promise<R> {
  return async (work) => {
    const result = await work;
    await list.load();
    onChanged();
    return result;
  };
}

const PAGE = 200;

/** Every page of a list, as one. */
export async function readAll<T>(
  read: (query: PageQuery) => Promise<ListPage<T>>,
): Promise<readonly T[]> {
  const all: T[] = [];
  let cursor: string | null = null;
  do {
    const page: ListPage<T> = await read({ limit: PAGE, cursor });
    all.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return all;
}
