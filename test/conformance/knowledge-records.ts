/** Documents with chunks for the conformance suite, each ready to be searched. */
import type { Document } from "../../src/contract/documents.ts";
import { afterAll, afterEach, beforeAll } from "vitest";
import { newId } from "../../src/workflow/ids.ts";
import type { ChunkFilter } from "../../src/workflow/ports/stores/chunk-search.ts";
import type { NewChunk } from "../../src/workflow/ports/stores/chunks.ts";
import type { NewDocument } from "../../src/workflow/ports/stores/documents.ts";
import type { EmbeddingSpace } from "../../src/workflow/ports/stores/vectors.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import type { StorePlace } from "../support/engines.ts";
import { OWNER, STRANGER } from "./records.ts";

export const SPACE: EmbeddingSpace = {
  provider: "test",
  model: "plane",
  dimensions: 2,
  version: 1,
};

export function newDocument(changes: Partial<NewDocument> = {}): NewDocument {
  return {
    id: newId("doc"),
    title: "A document",
    collection: "default",
    mime_type: "text/plain",
    bytes: 10,
    metadata: {},
    url: null,
    ...changes,
  };
}

/** Chunks of these texts, one after the other. */
export function toChunks(texts: readonly string[]): NewChunk[] {
  let start = 0;
  return texts.map((text, ordinal) => {
    const chunk = {
      id: newId("chk"),
      ordinal,
      text,
      heading: null,
      page: 1,
      start,
      end: start + text.length,
      tokens: Math.ceil(text.length / 4),
    };
    start = chunk.end + 1;
    return chunk;
  });
}

/** A document of these texts that can be searched; `ids` are its chunks'. */
export async function readyDocument(
  store: Store,
  texts: readonly string[],
  options: Partial<NewDocument> & { ownerId?: string } = {},
): Promise<Document & { ids: string[] }> {
  const { ownerId = OWNER, ...changes } = options;
  const document = await store.documents.create(ownerId, newDocument(changes));
  const ids = await store.chunks.insert(ownerId, document.id, toChunks(texts));
  const ready = await store.documents.update(ownerId, document.id, {
    status: "ready",
    progress: 1,
    chunks: texts.length,
  });
  return { ...(ready ?? document), ids };
}

/** Everything of one owner, unless something else is said. */
export function filter(changes: Partial<ChunkFilter> = {}): ChunkFilter {
  return { ownerId: OWNER, collections: [], documentIds: null, ...changes };
}

/** A vector of the plane at this angle, in degrees: the cosine of two is that of the angle between. */
export function angle(degrees: number): Float32Array {
  const radians = (degrees * Math.PI) / 180;
  return Float32Array.of(Math.cos(radians), Math.sin(radians));
}

export const never = new AbortController().signal;

/** One store for all tests of a suite, without documents when each begins: opening one takes longer than most tests. */
export function sharedStore(engine: StorePlace): () => Store {
  let open: Awaited<ReturnType<StorePlace["openStore"]>>;
  beforeAll(async () => {
    open = await engine.openStore();
  });
  afterEach(async () => {
    for (const owner of [OWNER, STRANGER]) {
      const { data } = await open.store.documents.list(owner, { limit: 1000 });
      for (const { id } of data) await open.store.documents.delete(owner, id);
    }
    await open.store.chunks.sweep();
  });
  afterAll(() => open.dispose());
  return () => open.store;
}
