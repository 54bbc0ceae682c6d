import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { EmbeddingSpace } from "../../src/workflow/ports/stores/vectors.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import { ENGINES } from "../support/engines.ts";
import { angle, filter, never, readyDocument, SPACE } from "./knowledge-records.ts";
import { OWNER, STRANGER } from "./records.ts";

const NEW: EmbeddingSpace = { ...SPACE, model: "new" };

describe.each(ENGINES)("embedding spaces on $name", (engine) => {
  let store: Store;
  let dispose: () => Promise<void>;
  beforeEach(async () => {
    ({ store, dispose } = await engine.openStore());
  });
  afterEach(() => dispose());

  async function embed({ id, ids }: { id: string; ids: string[] }, owner = OWNER, space = SPACE) {
    await store.vectors.insert(owner, id, space, new Map(ids.map((chunk) => [chunk, angle(0)])));
  }

  test("none is in force at first; the one that is wanted comes into force, and no other", async () => {
    const spaces = store.embeddingSpaces;
    expect(await spaces.current()).toEqual({ inForce: null, wanted: null });
    expect(await spaces.enforce(SPACE)).toBe(false);
    await spaces.want(SPACE);
    expect(await spaces.current()).toEqual({ inForce: null, wanted: SPACE });
    expect(await spaces.enforce(SPACE)).toBe(true);
    expect(await spaces.enforce(SPACE)).toBe(true);

    await spaces.want(NEW);
    expect(await spaces.current()).toEqual({ inForce: SPACE, wanted: NEW });
    expect(await spaces.enforce({ ...NEW, version: 2 })).toBe(false);
    expect(await spaces.enforce(SPACE)).toBe(false);
    expect(await spaces.current()).toEqual({ inForce: SPACE, wanted: NEW });
    expect(await spaces.enforce(NEW)).toBe(true);
    expect(await spaces.current()).toEqual({ inForce: NEW, wanted: NEW });
  });

  test("which documents are not in a space yet: of every owner, ready ones, from after an id", async () => {
    const spaces = store.embeddingSpaces;
    const find = async (space: EmbeddingSpace, after: string | null = null, limit = 10) =>
      (await spaces.unembedded(space, after, limit, never)).map(({ documentId }) => documentId);
    const whole = await readyDocument(store, ["one", "two"]);
    const half = await readyDocument(store, ["one", "two"]);
    const foreign = await readyDocument(store, ["theirs"], { ownerId: STRANGER });
    const unready = await readyDocument(store, ["not yet"]);
    await readyDocument(store, []);
    await store.documents.update(OWNER, unready.id, { status: "embedding" });
    await embed(whole);
    await embed({ id: half.id, ids: half.ids.slice(0, 1) });

    expect(await spaces.unembedded(SPACE, null, 10, never)).toEqual([
      { ownerId: OWNER, documentId: half.id },
      { ownerId: STRANGER, documentId: foreign.id },
    ]);
    expect(await find(NEW)).toEqual([whole.id, half.id, foreign.id]);
    expect(await find(NEW, null, 1)).toEqual([whole.id]);
    expect(await find(NEW, whole.id)).toEqual([half.id, foreign.id]);
    await embed(half);
    await embed(foreign, STRANGER);
    expect(await find(SPACE)).toEqual([]);

    const reason = new Error("stopped");
    const asked = spaces.unembedded(SPACE, null, 1, AbortSignal.abort(reason));
    await expect(asked).rejects.toBe(reason);
  });

  test("vectors of spaces that are not in use are removed, some at a time, and no others", async () => {
    const mine = await readyDocument(store, ["one", "two"]);
    const foreign = await readyDocument(store, ["theirs"], { ownerId: STRANGER });
    for (const space of [SPACE, NEW, { ...SPACE, model: "older" }]) {
      await embed(mine, OWNER, space);
      await embed(foreign, STRANGER, space);
    }
    await store.embeddingSpaces.want(SPACE);
    await store.embeddingSpaces.enforce(SPACE);
    await store.embeddingSpaces.want(NEW);
    expect(await store.embeddingSpaces.retire(2)).toBe(2);
    expect(await store.embeddingSpaces.retire(2)).toBe(1);
    expect(await store.embeddingSpaces.retire(2)).toBe(0);
    const count = async (space: EmbeddingSpace, ownerId = OWNER) =>
      (await store.search.vector(space, angle(0), filter({ ownerId }), 10, never)).length;
    expect([await count(SPACE), await count(NEW)]).toEqual([2, 2]);
    expect([await count(SPACE, STRANGER), await count(NEW, STRANGER)]).toEqual([1, 1]);
    expect(await count({ ...SPACE, model: "older" })).toBe(0);
  });
});
