import { beforeEach, describe, expect, test } from "vitest";
import { newId } from "../../src/workflow/ids.ts";
import type { ChunkFilter } from "../../src/workflow/ports/stores/chunk-search.ts";
import type { EmbeddingSpace } from "../../src/workflow/ports/stores/vectors.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import { SEARCH_PLACES } from "../support/engines.ts";
import { angle, filter, never, readyDocument, SPACE, sharedStore } from "./knowledge-records.ts";
import { OWNER, STRANGER } from "./records.ts";

describe.each(SEARCH_PLACES)("vectors on $name", (engine) => {
  const open = sharedStore(engine);
  let store: Store;
  beforeEach(() => {
    store = open();
  });

  /** A document with a chunk at each of these angles. */
  async function documentAt(
    degrees: readonly number[],
    options: Parameters<typeof readyDocument>[2] = {},
    space: EmbeddingSpace = SPACE,
  ) {
    const document = await readyDocument(
      store,
      degrees.map((each) => `at ${each}`),
      options,
    );
    const vectors = new Map(document.ids.map((id, index) => [id, angle(degrees[index]!)]));
    await store.vectors.insert(options.ownerId ?? OWNER, document.id, space, vectors);
    return document;
  }

  async function near(degrees: number, narrowed: Partial<ChunkFilter> = {}, space = SPACE) {
    const hits = await store.search.vector(space, angle(degrees), filter(narrowed), 10, never);
    return hits.map(({ chunkId }) => chunkId);
  }

  test("the nearest come first, with the cosine as their score", async () => {
    const { id, ids } = await documentAt([0, 90, 30, 180]);
    const hits = await store.search.vector(SPACE, angle(20), filter(), 3, never);
    expect(hits.map(({ chunkId }) => chunkId)).toEqual([ids[2], ids[0], ids[1]]);
    expect(hits.every(({ documentId }) => documentId === id)).toBe(true);
    for (const [index, degrees] of [10, 20, 70].entries()) {
      expect(hits[index]!.score).toBeCloseTo(Math.cos((degrees * Math.PI) / 180), 5);
    }
  });

  test("an owner finds only their own, and only in documents that the filter leaves", async () => {
    const a = await documentAt([0], { collection: "a" });
    const b = await documentAt([10], { collection: "b" });
    const foreign = await documentAt([0], { ownerId: STRANGER });
    expect(await near(0)).toEqual([...a.ids, ...b.ids]);
    expect(await near(0, { ownerId: STRANGER })).toEqual(foreign.ids);
    expect(await near(0, { collections: ["b"] })).toEqual(b.ids);
    expect(await near(0, { documentIds: [b.id, foreign.id] })).toEqual(b.ids);
    expect(await near(0, { documentIds: [] })).toEqual([]);
  });

  test("only documents that are ready are found, deleted and cleared ones no more", async () => {
    const a = await documentAt([0]);
    const b = await documentAt([10]);
    await store.documents.update(OWNER, a.id, { status: "embedding" });
    expect(await near(0)).toEqual(b.ids);
    await store.documents.update(OWNER, a.id, { status: "ready" });
    await store.chunks.clear(OWNER, b.id);
    expect(await near(0)).toEqual(a.ids);
    await store.documents.delete(OWNER, a.id);
    expect(await near(0)).toEqual([]);
  });

  test("spaces never meet", async () => {
    const other = { ...SPACE, model: "other" };
    const a = await documentAt([0]);
    const b = await documentAt([0], {}, other);
    expect(await near(0)).toEqual(a.ids);
    expect(await near(0, {}, other)).toEqual(b.ids);
    for (const changes of [{ provider: "x" }, { version: 2 }]) {
      expect(await near(0, {}, { ...SPACE, ...changes })).toEqual([]);
    }
  });

  test("a vector that comes again takes the place of the first", async () => {
    const { id, ids } = await documentAt([0, 90]);
    expect(await near(0)).toEqual(ids);
    await store.vectors.insert(OWNER, id, SPACE, new Map([[ids[0]!, angle(180)]]));
    expect(await near(0)).toEqual([ids[1], ids[0]]);
  });

  test("a vector of other dimensions is refused, one for a foreign or unknown chunk dropped", async () => {
    const { id, ids } = await documentAt([0]);
    const wrong = new Map([[ids[0]!, Float32Array.of(1, 0, 0)]]);
    await expect(store.vectors.insert(OWNER, id, SPACE, wrong)).rejects.toThrow(RangeError);
    const asked = store.search.vector(SPACE, Float32Array.of(1), filter(), 10, never);
    await expect(asked).rejects.toThrow(/1 dimensions/);

    const foreign = new Map([
      [ids[0]!, angle(180)],
      [newId("chk"), angle(0)],
    ]);
    await store.vectors.insert(STRANGER, id, SPACE, foreign);
    const hits = await store.search.vector(SPACE, angle(0), filter(), 10, never);
    expect(hits).toMatchObject([{ chunkId: ids[0], score: 1 }]);
    expect(await near(0, { ownerId: STRANGER })).toEqual([]);
  });

  test("which chunks of a document have no vector yet", async () => {
    const { id, ids } = await readyDocument(store, ["one", "two", "three"]);
    const missing = async (space = SPACE, owner = OWNER) =>
      (await store.vectors.missing(owner, id, space, 2)).map((chunk) => chunk.id);
    expect(await missing()).toEqual(ids.slice(0, 2));
    await store.vectors.insert(OWNER, id, SPACE, new Map([[ids[0]!, angle(0)]]));
    expect(await missing()).toEqual(ids.slice(1));
    expect(await missing({ ...SPACE, version: 2 })).toEqual(ids.slice(0, 2));
    expect(await missing(SPACE, STRANGER)).toEqual([]);
  });

  test("the cosine to single chunks, of those that have a vector and are the owner's", async () => {
    const { ids } = await documentAt([0, 60]);
    const bare = await readyDocument(store, ["bare"]);
    const foreign = await documentAt([0], { ownerId: STRANGER });
    const asked = [ids[1]!, bare.ids[0]!, foreign.ids[0]!];
    const found = await store.vectors.similarities(OWNER, SPACE, angle(0), asked, never);
    expect([...found.keys()]).toEqual([ids[1]]);
    expect(found.get(ids[1]!)).toBeCloseTo(0.5, 5);
    const unknown = { ...SPACE, model: "unknown" };
    expect(await store.vectors.similarities(OWNER, unknown, angle(0), asked, never)).toEqual(
      new Map(),
    );
  });
});
