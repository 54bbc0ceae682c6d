/** The document on the screen, with its passages as far as they are read. */
import type { Chunk, Client, Document, ListPage } from "../../../src/client/index.ts";
import { createStore, type Store } from "../api/store.ts";
import { createDocumentProgress, isDone } from "./document-progress.ts";
import type { PassageRef } from "./router.ts";

interface OpenDocumentState {
  readonly document: Document | null;
  readonly chunks: readonly Chunk[];
  readonly nextCursor: string | null;
  readonly phase: "loading" | "ready" | "failed";
  readonly loadingMore: boolean;
  readonly error: unknown;
}

export interface OpenDocument {
  readonly state: Store<OpenDocumentState>;
  /** Reads the document, and its passages up to the one that is wanted. Never rejects, nor does the next. */
  readonly load: (wanted: PassageRef | null) => Promise<void>;
  readonly loadMore: () => Promise<void>;
  /** Shows how the document stands now. */
  readonly put: (document: Document) => void;
  /** Lets go of what is under way; `load` begins anew. */
  readonly close: () => void;
}

/** As many as the server gives at once. */
const PAGE = 200;

/**
 * Whether a passage that is referred to is in a chunk: the chunk itself, or one that the passage was joined from. As
 * chunks overlap at their edges, its middle decides.
 */
export function isIn(chunk: Chunk, { chunkId, start, end }: PassageRef): boolean {
  const middle = (chunk.start + chunk.end) / 2;
  return chunk.id === chunkId || (start <= middle && middle < end);
}

/** The passages up to the page with the wanted one: the server gives them in their order only. */
async function readUpTo(
  client: Client,
  id: string,
  wanted: PassageRef | null,
  signal: AbortSignal,
): Promise<Pick<OpenDocumentState, "chunks" | "nextCursor">> {
  const chunks: Chunk[] = [];
  let cursor: string | null = null;
  for (;;) {
    const page: ListPage<Chunk> = await client.listChunks(id, { cursor, limit: PAGE }, { signal });
    chunks.push(...page.data);
    cursor = page.next_cursor;
    if (cursor === null || wanted === null || reaches(page.data, wanted)) {
      return { chunks, nextCursor: cursor };
    }
  }
}

/** Whether chunks hold the one that a passage was found by, or go on behind the end of the passage. */
function reaches(chunks: readonly Chunk[], { chunkId, end }: PassageRef): boolean {
  return chunks.some((chunk) => chunk.id === chunkId || chunk.start >= end);
}

/** Builds it over a client; nothing is read before `load`. */
export function createOpenDocument(client: Client, id: string): OpenDocument {
  const state = createStore<OpenDocumentState>({
    document: null,
    chunks: [],
    nextCursor: null,
    phase: "loading",
    loadingMore: false,
    error: null,
  });
  let scope = new AbortController();
  let last: PassageRef | null = null;

  const load = async (wanted: PassageRef | null): Promise<void> => {
    close();
    last = wanted;
    const { signal } = scope;
    try {
      const document = await client.getDocument(id, { signal });
      if (signal.aborted) return;
      state.patch({ document });
      progress.watch([document]);
      const read = await readUpTo(client, id, wanted, signal);
      if (!signal.aborted) state.patch({ ...read, phase: "ready", error: null });
    } catch (error) {
      if (!signal.aborted) state.patch({ phase: "failed", error });
    }
  };

  const put = (document: Document): void => {
    const before = state.get().document;
    state.patch({ document });
    progress.watch([document]);
    // Its passages are other ones now.
    if (before && isDone(before) !== isDone(document)) void load(last);
  };

  const progress = createDocumentProgress({ client, onChanged: put, ask: () => void load(last) });

  const close = (): void => {
    scope.abort();
    scope = new AbortController();
    progress.watch([]);
  };

  return {
    state,
    load,
    put,
    close,
    loadMore: async () => {
      const { nextCursor, loadingMore, chunks } = state.get();
      if (nextCursor === null || loadingMore) return;
      const { signal } = scope;
      state.patch({ loadingMore: true });
      try {
        const page = await client.listChunks(id, { cursor: nextCursor, limit: PAGE }, { signal });
        if (signal.aborted) return;
        state.patch({ chunks: [...chunks, ...page.data], nextCursor: page.next_cursor });
      } catch (error) {
        if (!signal.aborted) state.patch({ error });
      } finally {
        state.patch({ loadingMore: false });
      }
    },
  };
}
