/** More chunks than are looked at one by one: then the indexes find candidates, and must find the same. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ChunkFilter } from "../../src/workflow/ports/stores/chunk-search.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import { ENGINES } from "../support/engines.ts";
import { filter, never, readyDocument } from "./knowledge-records.ts";
import { OWNER, STRANGER } from "./records.ts";

const DIMENSIONS = 32;
const SPACE = { provider: "test", model: "ball", dimensions: DIMENSIONS, version: 1 };

/** The same numbers in every run, between 0 and 1. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function unit(values: readonly number[]): Float32Array {
  const length = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / length);
}

describe.each(ENGINES)("search in large sets on $name", (engine) => {
  let store: Store;
  let dispose: () => Promise<void>;
  const random = randomNumbers(7);
  const direction = (): number[] => Array.from({ length: DIMENSIONS }, () => random() - 0.5);
  const target = unit(direction());
  let large: { id: string; ids: string[] };
  let small: { id: string; ids: string[] };
  let foreign: { id: string; ids: string[] };

  /** Texts in which `common` is everywhere and every other number now and then. */
  function texts(count: number): string[] {
    return Array.from({ length: count }, (_, index) => {
      const rare = index % 100 === 0 ? "gadget ".repeat(1 + ((index / 100) % 4)) : "";
      return `common words ${rare}number${index % 50} and ${"filler ".repeat(index % 7)}`;
    });
  }

  async function addVectors(owner: string, { id, ids }: { id: string; ids: string[] }) {
    const vectors = new Map(
      ids.map((chunk, index) => {
        const noise = direction();
        // Every 200th lies near the target.
        const near = index % 200 === 0 ? 0.3 : 1;
        return [
          chunk,
          unit(noise.map((value, place) => value * near + target[place]! * (1 - near))),
        ];
      }),
    );
    await store.vectors.insert(owner, id, SPACE, vectors);
  }

  beforeAll(async () => {
    ({ store, dispose } = await engine.openStore());
    large = await readyDocument(store, texts(3200), { collection: "large" });
    small = await readyDocument(store, texts(300), { collection: "small" });
    foreign = await readyDocument(store, texts(400), { ownerId: STRANGER });
    await addVectors(OWNER, large);
    await addVectors(OWNER, small);
    await addVectors(STRANGER, foreign);
  });
  afterAll(() => dispose());

  async function byWords(query: string, narrowed: Partial<ChunkFilter> = {}, limit = 20) {
    const hits = await store.search.lexical(query, filter(narrowed), limit, never);
    return hits.map(({ chunkId }) => chunkId);
  }

  async function byMeaning(narrowed: Partial<ChunkFilter> = {}, limit = 10) {
    const hits = await store.search.vector(SPACE, target, filter(narrowed), limit, never);
    return hits.map(({ chunkId }) => chunkId);
  }

  test("words find what they find in small sets, in documents of the owner only", async () => {
    const whole = await byWords("gadget common", {}, 35);
    const read = await store.chunks.get(OWNER, whole);
    expect(read.filter(({ text }) => text.includes("gadget"))).toHaveLength(35);
    const own = new Set([...large.ids, ...small.ids]);
    expect(whole.every((id) => own.has(id))).toBe(true);
    expect((await byWords("gadget common number0", { collections: ["small"] }, 3)).length).toBe(3);
    const inLarge = await byWords("gadget common", { documentIds: [large.id] }, 32);
    expect(inLarge.toSorted()).toEqual(whole.filter((id) => large.ids.includes(id)).toSorted());
    const theirs = await byWords("gadget common", { ownerId: STRANGER }, 4);
    expect(theirs.every((id) => foreign.ids.includes(id))).toBe(true);
  });

  test("the more often and the rarer, the better", async () => {
    const [best] = await store.chunks.get(OWNER, await byWords("gadget common", {}, 1));
    expect(best?.text).toMatch(/(gadget ){4}/);
  });

  test("a word that stands everywhere finds as many as were asked for", async () => {
    expect(await byWords("common", {}, 50)).toHaveLength(50);
    expect(new Set(await byWords("common words and", {}, 50)).size).toBe(50);
  });

  test("a word that came after the others is found at once", async () => {
    const { ids } = await readyDocument(store, ["a zeppelin among common words"]);
    expect((await byWords("zeppelin common"))[0]).toBe(ids[0]);
  });

  test("the nearest vectors are found, those of the owner only", async () => {
    const near = new Set(
      [...large.ids, ...small.ids].filter((id) => {
        const place = large.ids.includes(id) ? large.ids.indexOf(id) : small.ids.indexOf(id);
        return place % 200 === 0;
      }),
    );
    const found = await byMeaning({}, 18);
    expect(new Set(found)).toEqual(near);
    const inLarge = await byMeaning({ collections: ["large"] }, 16);
    expect(inLarge).toEqual(found.filter((id) => large.ids.includes(id)));
    expect(await byMeaning({ documentIds: [small.id] }, 2)).toEqual(
      found.filter((id) => small.ids.includes(id)),
    );
  });

  test("vectors that come, change and go are noticed", async () => {
    const added = await readyDocument(store, ["here"]);
    await store.vectors.insert(OWNER, added.id, SPACE, new Map([[added.ids[0]!, target]]));
    expect((await byMeaning())[0]).toBe(added.ids[0]);
    const opposite = target.map((value) => -value);
    await store.vectors.insert(OWNER, added.id, SPACE, new Map([[added.ids[0]!, opposite]]));
    expect(await byMeaning()).not.toContain(added.ids[0]);
    await store.vectors.insert(OWNER, added.id, SPACE, new Map([[added.ids[0]!, target]]));
    await store.chunks.clear(OWNER, added.id);
    expect(await byMeaning()).not.toContain(added.ids[0]);
  });

  test("hits in documents that are not ready make room for others", async () => {
    await store.documents.update(OWNER, large.id, { status: "embedding" });
    await readyDocument(
      store,
      Array.from({ length: 3100 }, () => "plain common filler"),
    );
    expect(await byWords("gadget", {}, 3)).toHaveLength(3);
    expect((await byWords("gadget", {}, 10)).every((id) => small.ids.includes(id))).toBe(true);
    expect((await byMeaning({}, 2)).every((id) => small.ids.includes(id))).toBe(true);
    await store.documents.update(OWNER, large.id, { status: "ready" });
    await store.documents.delete(OWNER, large.id);
    expect((await byWords("gadget", {}, 10)).every((id) => small.ids.includes(id))).toBe(true);
  });
});
