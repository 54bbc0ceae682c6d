/** Puts texts into a store, as documents that can be searched. */
import { newId } from "../../src/workflow/ids.ts";
import type { Embedder } from "../../src/workflow/ports/search-models.ts";
import type { NewChunk } from "../../src/workflow/ports/stores/chunks.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import { slices } from "../../src/storage/slices.ts";
import type { CollectionDocument } from "./collection.ts";

export const OWNER = "bench";

/** Documents that are added at a time. */
const AT_ONCE = 8;

function toChunk(text: string, ordinal: number): NewChunk {
  const place = { heading: null, page: null, start: 0, end: text.length };
  return { id: newId("chk"), ordinal, text, ...place, tokens: Math.ceil(text.length / 4) };
}

/** One document of these texts; returns its id and its chunks'. */
export async function addDocument(
  store: Store,
  title: string,
  texts: readonly string[],
): Promise<{ id: string; chunkIds: string[] }> {
  const id = newId("doc");
  await store.documents.create(OWNER, {
    id,
    title,
    collection: "default",
    mime_type: "text/plain",
    bytes: 0,
    metadata: {},
    url: null,
  });
  const chunkIds = await store.chunks.insert(OWNER, id, texts.map(toChunk));
  await store.documents.update(OWNER, id, { status: "ready", progress: 1, chunks: texts.length });
  return { id, chunkIds };
}

/** Each document of a collection as one chunk. Returns which document of the collection each chunk is. */
export async function addCollection(
  store: Store,
  documents: readonly CollectionDocument[],
  embedder: Embedder,
): Promise<Map<string, string>> {
  const signal = new AbortController().signal;
  const space = await embedder.space(signal);
  const byChunk = new Map<string, string>();
  const addOne = async ({ id: name, title, text }: CollectionDocument): Promise<void> => {
    const { id, chunkIds } = await addDocument(store, title, [text]);
    for (const chunkId of chunkIds) byChunk.set(chunkId, name);
    const vectors = await embedder.embed([`${title} ${title} ${text}`], "passage", signal);
    const byId = vectors.flatMap((vector, index) => {
      const chunkId = chunkIds[index];
      return chunkId === undefined ? [] : [[chunkId, vector] as const];
    });
    await store.vectors.insert(OWNER, id, space, new Map(byId));
  };
  for (const group of slices(documents, AT_ONCE)) await Promise.all(group.map(addOne));
  return byChunk;
}
