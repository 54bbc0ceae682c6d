import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { filter, never, readyDocument } from "../../../test/conformance/knowledge-records.ts";
import { OWNER, STRANGER } from "../../../test/conformance/records.ts";
import { type ExtensionDatabase, openExtensionDatabase } from "../../../test/support/extensions.ts";
import type { ChunkFilter } from "../../workflow/ports/stores/chunk-search.ts";
import type { Store } from "../../workflow/ports/store.ts";
import { cosine } from "../vectors.ts";

const DIMENSIONS = 64;
const SPACE = { provider: "test", model: "groups", dimensions: DIMENSIONS, version: 1 };
const INDEX = "chunk_vectors_near_1";

/** Some more than the candidates that are compared. */
const MANY = 1100;
const SIZES = { small: 1000, indexed: 1000, depths: [1000] };

/** The same vectors in every run, of unit length, in groups as those of texts are. */
function* vectors(): Generator<Float32Array, never> {
  let state = 5;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const centres = Array.from({ length: 30 }, () => Array.from({ length: DIMENSIONS }, random));
  for (let index = 0; ; index++) {
    const raw = centres[index % centres.length]!.map((value) => value + random());
    const length = Math.hypot(...raw);
    yield Float32Array.from(raw, (value) => value / length);
  }
}

describe("pgvector that is installed when there are vectors already", () => {
  let database: ExtensionDatabase;
  let store: Store;
  const source = vectors();
  const asked = Array.from({ length: 10 }, () => source.next().value);
  const stored = new Map<string, { owner: string; document: string; vector: Float32Array }>();
  let small: { id: string };

  async function add(owner: string, count: number, collection: string): Promise<{ id: string }> {
    const texts = Array.from({ length: count }, (_, index) => `text ${index}`);
    const { id, ids } = await readyDocument(store, texts, { ownerId: owner, collection });
    const own = new Map(ids.map((chunk) => [chunk, source.next().value]));
    for (const [chunk, vector] of own) stored.set(chunk, { owner, document: id, vector });
    await store.vectors.insert(owner, id, SPACE, own);
    return { id };
  }

  beforeAll(async () => {
    database = await openExtensionDatabase();
    store = await database.openStore(SIZES);
    await add(OWNER, MANY, "large");
    small = await add(OWNER, 40, "small");
    await add(STRANGER, 100, "large");
  });
  afterAll(() => store.close());

  /** The ten nearest by comparing them all. */
  function nearest(
    vector: Float32Array,
    keep: (of: { owner: string; document: string }) => boolean,
  ) {
    return [...stored]
      .filter(([, each]) => keep(each))
      .map(([chunkId, each]) => ({ chunkId, score: cosine(vector, each.vector) }))
      .toSorted((a, b) => b.score - a.score)
      .slice(0, 10);
  }

  const search = (vector: Float32Array, narrowed: Partial<ChunkFilter> = {}) =>
    store.search.vector(SPACE, vector, filter(narrowed), 10, never);

  /** The share of the ten nearest that are found, on average; their scores must be the cosines. */
  async function recall(): Promise<number> {
    let found = 0;
    for (const vector of asked) {
      const hits = await search(vector);
      for (const { chunkId, score } of hits) {
        expect(score).toBeCloseTo(cosine(vector, stored.get(chunkId)!.vector), 3);
        expect(stored.get(chunkId)!.owner).toBe(OWNER);
      }
      const ids = new Set(hits.map(({ chunkId }) => chunkId));
      const right = nearest(vector, ({ owner }) => owner === OWNER);
      found += right.filter(({ chunkId }) => ids.has(chunkId)).length / right.length;
    }
    return found / asked.length;
  }

  const scans = () => database.scans(INDEX);
  const path = async () => (await store.searchPaths()).meaning;

  test("is not there by surprise: searches do without, and the store says so", async () => {
    expect(await path()).toEqual({
      way: "exact up to 1,000 chunks, by signatures above; pgvector is not installed in the database",
      advice: "CREATE EXTENSION vector (an administrator), then chatter db index",
      slow: true,
    });
    expect(await recall()).toBeGreaterThanOrEqual(0.95);
    await database.pglite.query("create extension vector");
    await store.chunks.sweep();
    expect(await recall()).toBeGreaterThanOrEqual(0.95);
    expect(await scans()).toBeNull();
    expect(await path()).toEqual({
      way: expect.stringMatching(/; pgvector 0\.\d+\.\d+ from 1,000: groups \(64\): no index$/),
      advice: "chatter db index",
      slow: true,
    });
  });

  test("has an index once the command has run, which large searches read, with the same results", async () => {
    await database.index();
    expect(await path()).toEqual({
      way: expect.stringMatching(/ from 1,000: groups \(64\): index chunk_vectors_near_1$/),
      advice: null,
      slow: false,
    });
    const before = await scans();
    expect(await recall()).toBeGreaterThanOrEqual(0.95);
    expect(await scans()).toBe((before ?? 0) + asked.length);
  });

  test("small sets are compared exactly all the same", async () => {
    const before = await scans();
    const rightly = nearest(asked[0]!, ({ document }) => document === small.id);
    const found = await search(asked[0]!, { documentIds: [small.id] });
    expect(found.map(({ chunkId }) => chunkId)).toEqual(rightly.map(({ chunkId }) => chunkId));
    expect(
      (await search(asked[0]!, { ownerId: STRANGER })).every(({ chunkId }) => {
        return stored.get(chunkId)!.owner === STRANGER;
      }),
    ).toBe(true);
    expect(await scans()).toBe(before);
  });

  test("vectors that come, change and go are in the index at once", async () => {
    const added = await readyDocument(store, ["here"]);
    const [chunk] = added.ids;
    const put = (vector: Float32Array) =>
      store.vectors.insert(OWNER, added.id, SPACE, new Map([[chunk!, vector]]));
    const target = asked[3]!;
    await put(target);
    expect((await search(target))[0]).toMatchObject({
      chunkId: chunk,
      score: expect.closeTo(1, 3),
    });
    await put(target.map((value) => -value));
    expect((await search(target)).map(({ chunkId }) => chunkId)).not.toContain(chunk);
    await put(target);
    await store.documents.delete(OWNER, added.id);
    expect((await search(target)).map(({ chunkId }) => chunkId)).not.toContain(chunk);
  });

  test("where the index comes to too few that the filter leaves, all are looked at", async () => {
    // Chunks enough to be a large set, of which few have a vector.
    const texts = Array.from({ length: MANY }, (_, index) => `bare ${index}`);
    const bare = await readyDocument(store, texts, { collection: "bare" });
    const vector = source.next().value;
    await store.vectors.insert(OWNER, bare.id, SPACE, new Map([[bare.ids[7]!, vector]]));
    const hits = await search(asked[0]!, { collections: ["bare"] });
    expect(hits.map(({ chunkId }) => chunkId)).toEqual([bare.ids[7]]);
    await store.documents.delete(OWNER, bare.id);
  });

  test("an index whose building was broken off is not read, until it is built again", async () => {
    await database.pglite.query(
      `update pg_index set indisvalid = false where indexrelid = '${INDEX}'::regclass`,
    );
    expect(await scans()).toBeNull();
    expect(await recall()).toBeGreaterThanOrEqual(0.95);
    expect(await path()).toMatchObject({
      way: expect.stringMatching(/: index chunk_vectors_near_1 is not whole and not used$/),
      advice: "chatter db index",
      slow: true,
    });
    expect(await database.index()).toMatchObject({ indexes: [{ name: INDEX, outcome: "again" }] });
    expect(await path()).toMatchObject({ slow: false });
  });

  test("a version that is too old is not used, and the store says which one is needed", async () => {
    const { rows } = await database.pglite.query<{ version: string }>(
      "select extversion as version from pg_extension where extname = 'vector'",
    );
    const say = (version: string) =>
      database.pglite.query("update pg_extension set extversion = $1 where extname = 'vector'", [
        version,
      ]);
    await say("0.7.4");
    expect(await path()).toMatchObject({
      way: expect.stringMatching(/; pgvector 0\.7\.4 is too old, 0\.8 or later is needed$/),
      advice: "ALTER EXTENSION vector UPDATE (an administrator), then chatter db index",
      slow: true,
    });
    const before = await scans();
    await recall();
    expect(await scans()).toBe(before);
    await say(rows[0]!.version);
  });

  test("may go away while the server runs", async () => {
    await database.pglite.query("drop extension vector cascade");
    expect(await recall()).toBeGreaterThanOrEqual(0.95);
    expect((await path()).way).toMatch(/pgvector is not installed/);
  });
});
