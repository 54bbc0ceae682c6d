import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { filter, never, readyDocument } from "../../../test/conformance/knowledge-records.ts";
import { OWNER, STRANGER } from "../../../test/conformance/records.ts";
import { type ExtensionDatabase, openExtensionDatabase } from "../../../test/support/extensions.ts";
import type { ChunkFilter, ChunkHit } from "../../workflow/ports/stores/chunk-search.ts";
import type { Store } from "../../workflow/ports/store.ts";

const INDEX = "chunk_index_bm25";
const SIZES = { small: 20, indexed: 20, depths: [100, 300] };

/** English prose that is at hand: a title, and paragraphs. */
function records(): { title: string; paragraphs: string[] }[] {
  const folder = join(import.meta.dirname, "../../../docs/decisions");
  const files = readdirSync(folder).toSorted().slice(0, 30);
  return files.map((file) => {
    const [title = "", ...paragraphs] = readFileSync(join(folder, file), "utf8").split("\n\n");
    return { title: title.replace(/^# \d+\. /, ""), paragraphs };
  });
}

describe("pg_textsearch", () => {
  let database: ExtensionDatabase;
  let store: Store;
  /** Questions, and what plain SQL finds. */
  const found = new Map<string, readonly ChunkHit[]>();

  const search = (query: string, narrowed: Partial<ChunkFilter> = {}) =>
    store.search.lexical(query, filter(narrowed), 10, never);
  const ids = async (query: string, narrowed: Partial<ChunkFilter> = {}) =>
    (await search(query, narrowed)).map(({ chunkId }) => chunkId);
  const scans = async () => (await database.scans(INDEX)) ?? 0;
  const path = async () => (await store.searchPaths()).words;

  beforeAll(async () => {
    database = await openExtensionDatabase();
    store = await database.openStore(SIZES);
    for (const { title, paragraphs } of records()) {
      await readyDocument(store, paragraphs, { title, collection: "records" });
      found.set(title, []);
    }
    // The first search has words counted.
    await search("database");
    for (const question of found.keys()) found.set(question, await search(question));
  });
  afterAll(() => store.close());

  test("is not there by surprise: searches are in plain SQL, and the store says so", async () => {
    expect(await path()).toEqual({
      way: "plain SQL; pg_textsearch is not installed in the database",
      advice: "CREATE EXTENSION pg_textsearch (an administrator), then chatter db index",
      slow: false,
    });
    await database.pglite.query("create extension pg_textsearch");
    await store.chunks.sweep();
    expect(await ids("row-level security")).toHaveLength(10);
    expect(await database.scans(INDEX)).toBeNull();
    expect(await path()).toEqual({
      way: expect.stringMatching(/^plain SQL; pg_textsearch 1\.\d+\.\d+, no index$/),
      advice: "chatter db index",
      slow: true,
    });
  });

  test("finds what plain SQL finds, with the same scores, once the command has run", async () => {
    expect((await database.index()).indexes).toMatchObject([{ name: INDEX, outcome: "built" }]);
    expect(await path()).toEqual({
      way: expect.stringMatching(
        /^plain SQL in small sets; in large ones pg_textsearch 1\.\d+\.\d+, index chunk_index_bm25$/,
      ),
      advice: null,
      slow: false,
    });
    const before = await scans();
    let [same, all] = [0, 0];
    for (const [question, plain] of found) {
      const hits = await search(question);
      expect(hits[0]).toEqual(plain[0]);
      const scores = new Map(plain.map(({ chunkId, score }) => [chunkId, score]));
      for (const { chunkId, score } of hits) {
        if (!scores.has(chunkId)) continue;
        expect(score).toBeCloseTo(scores.get(chunkId)!, 6);
        same += 1;
      }
      all += plain.length;
    }
    expect(same / all).toBeGreaterThan(0.97);
    expect(await scans()).toBe(before + found.size);
  });

  test("is read the same way by a statement that is planned once for all questions", async () => {
    await database.pglite.query("set plan_cache_mode = force_generic_plan");
    const before = await scans();
    for (const [question, plain] of [...found].slice(0, 5)) {
      expect((await search(question))[0]).toEqual(plain[0]);
    }
    expect(await scans()).toBe(before + 5);
    await database.pglite.query("reset plan_cache_mode");
  });

  test("small sets are ranked among themselves all the same", async () => {
    const small = await readyDocument(store, ["a turbine", "turbines and other engines"]);
    const before = await scans();
    expect(await ids("turbine", { documentIds: [small.id] })).toEqual(small.ids);
    expect(await ids("turbine", { collections: ["none"] })).toEqual([]);
    expect(await scans()).toBe(before);
    await store.documents.delete(OWNER, small.id);
  });

  test("chunks that come and go are in the index at once, also for words that nobody counted", async () => {
    const added = await readyDocument(store, ["a zeppelin above the database"]);
    expect((await ids("zeppelin database"))[0]).toBe(added.ids[0]);
    await store.documents.update(OWNER, added.id, { status: "embedding" });
    expect(await ids("zeppelin")).toEqual([]);
    await store.documents.update(OWNER, added.id, { status: "ready" });
    await store.chunks.clear(OWNER, added.id);
    expect(await ids("zeppelin")).toEqual([]);
  });

  describe("among many more chunks of somebody else, all of them better hits", () => {
    const better = (word: string, count: number) => Array.from({ length: count }, () => word);
    /** As often as the word stands in them, in an order that is known. */
    const worse = (word: string) =>
      Array.from(
        { length: 30 },
        (_, index) => `${`${word} `.repeat(30 - index)}${"filler ".repeat(60)}`,
      );
    let mine: { id: string; ids: string[] };

    beforeAll(async () => {
      mine = await readyDocument(store, [...worse("gadget"), ...worse("widget")], {
        collection: "mine",
        title: "Mine",
      });
      const theirs = [...better("gadget", 150), ...better("widget", 400)];
      await readyDocument(store, theirs, { ownerId: STRANGER, title: "Theirs" });
    });

    test("it looks further until enough are left", async () => {
      const before = await scans();
      expect(await ids("gadget")).toEqual(mine.ids.slice(0, 10));
      expect(await ids("gadget", { collections: ["mine"] })).toEqual(mine.ids.slice(0, 10));
      expect(await scans()).toBe(before + 4);
    });

    test("where it has looked far enough, plain SQL goes on", async () => {
      const before = await scans();
      expect(await ids("widget")).toEqual(mine.ids.slice(30, 40));
      expect(await ids("widget", { documentIds: [mine.id] })).toEqual(mine.ids.slice(30, 40));
      expect(await scans()).toBe(before + 4);
    });

    test("a stranger finds what is theirs, and a word that is the owner's only finds nothing", async () => {
      const hits = await search("gadget filler", { ownerId: STRANGER });
      expect(hits).toHaveLength(10);
      const own = await store.chunks.get(
        OWNER,
        hits.map(({ chunkId }) => chunkId),
      );
      expect(own).toEqual([]);
      expect(await ids("filler", { ownerId: STRANGER })).toEqual([]);
    });

    test("the wall around owners stands before it", async () => {
      await database.pglite.exec(`
        create role guest; grant select on all tables in schema public to guest; set role guest;
        set chatter.owner = '${STRANGER}'`);
      const before = await scans();
      expect(await ids("gadget")).toEqual([]);
      expect(await ids("gadget", { ownerId: STRANGER })).toHaveLength(10);
      await database.pglite.exec("reset chatter.owner");
      expect(await ids("gadget")).toEqual(mine.ids.slice(0, 10));
      await database.pglite.exec("reset role");
      expect(await scans()).toBeGreaterThan(before);
    });
  });

  test("an index that is not whole is not read, until it is built again", async () => {
    await database.pglite.query(
      `update pg_index set indisvalid = false where indexrelid = '${INDEX}'::regclass`,
    );
    expect(await ids("row-level security")).toHaveLength(10);
    expect(await path()).toMatchObject({
      way: expect.stringMatching(/^plain SQL; .*index chunk_index_bm25 is not whole and not used$/),
      advice: "chatter db index",
      slow: true,
    });
    expect(await database.index()).toMatchObject({ indexes: [{ name: INDEX, outcome: "again" }] });
    const before = await scans();
    expect(await ids("row-level security")).toHaveLength(10);
    expect(await scans()).toBe(before + 1);
  });

  test("a version that is too old is not used, and the store says which one is needed", async () => {
    const { rows } = await database.pglite.query<{ version: string }>(
      "select extversion as version from pg_extension where extname = 'pg_textsearch'",
    );
    const say = (version: string) =>
      database.pglite.query(
        "update pg_extension set extversion = $1 where extname = 'pg_textsearch'",
        [version],
      );
    await say("1.3.1");
    expect(await path()).toEqual({
      way: "plain SQL; pg_textsearch 1.3.1 is too old, 1.4 or later is needed",
      advice: "ALTER EXTENSION pg_textsearch UPDATE (an administrator), then chatter db index",
      slow: true,
    });
    const before = await scans();
    expect(await ids("row-level security")).toHaveLength(10);
    expect(await scans()).toBe(before);
    await say(rows[0]!.version);
  });

  test("what goes away between a look and a search is done without", async () => {
    expect(await database.dropIndexes()).toEqual([INDEX]);
    // It looks like the index, and what belongs to it is gone.
    await database.pglite.query(`create index ${INDEX} on chunk_index (number)`);
    expect(await ids("row-level security")).toHaveLength(10);
    await database.pglite.query(`drop index ${INDEX}`);
  });

  test("may go away while the server runs", async () => {
    await database.index();
    await database.pglite.query("drop extension pg_textsearch cascade");
    expect(await ids("row-level security")).toHaveLength(10);
    expect((await path()).way).toMatch(/pg_textsearch is not installed/);
  });
});
