import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readyDocument } from "../../../test/conformance/knowledge-records.ts";
import { OWNER } from "../../../test/conformance/records.ts";
import { type ExtensionDatabase, openExtensionDatabase } from "../../../test/support/extensions.ts";
import type { Store } from "../../workflow/ports/store.ts";
import type { BuildStep } from "./build-progress.ts";
import { buildSearchIndexes } from "./search-indexes.ts";
import { SET_SIZES } from "./visible.ts";

const WORDS = "chunk_index_bm25";
const never = new AbortController().signal;

/** A space of so many dimensions, with a vector for each of two chunks. */
async function addSpace(store: Store, model: string, dimensions: number): Promise<void> {
  const { id, ids } = await readyDocument(store, ["one", "two"]);
  const space = { provider: "test", model, dimensions, version: 1 };
  const vector = new Float32Array(dimensions).fill(1);
  await store.vectors.insert(OWNER, id, space, new Map(ids.map((chunk) => [chunk, vector])));
}

describe("indexes of extensions", () => {
  let database: ExtensionDatabase;
  let store: Store;
  beforeEach(async () => {
    database = await openExtensionDatabase();
    store = await database.openStore(SET_SIZES);
    await addSpace(store, "plane", 2);
  });
  afterEach(() => store.close());

  const names = async (): Promise<string[]> => {
    const { rows } = await database.pglite.query<{ name: string }>(
      `select indexname as name from pg_indexes where indexdef like '%USING hnsw%' or indexdef like '%USING bm25%'
       order by 1`,
    );
    return rows.map(({ name }) => name);
  };
  const install = () =>
    database.pglite.exec("create extension vector; create extension pg_textsearch");

  test("are built once, again where one was broken off, and dropped with all that belongs to them", async () => {
    await install();
    const steps: BuildStep[] = [];
    const build = () =>
      buildSearchIndexes(database.db, {
        from: 2,
        onStep: (step) => steps.push(step),
        signal: never,
      });
    const outcomes = async () =>
      (await build()).indexes.map(({ name, of, outcome }) => [name, of, outcome]);

    const ofWords = [WORDS, "search by words"];
    const ofVectors = ["chunk_vectors_near_1", "search by meaning, plane (2)"];
    expect(await outcomes()).toEqual([
      [...ofWords, "built"],
      [...ofVectors, "built"],
    ]);
    expect(await names()).toEqual([WORDS, "chunk_vectors_near_1"]);
    const begun = { phase: "begun", share: 0 };
    const all = [
      { index: WORDS, ...begun },
      { index: "chunk_vectors_near_1", ...begun },
    ];
    expect(steps).toEqual(all);

    expect(await outcomes()).toEqual([
      [...ofWords, "there"],
      [...ofVectors, "there"],
    ]);
    expect(steps).toEqual(all);

    await database.pglite.query(
      "update pg_index set indisvalid = false where indexrelid = 'chunk_vectors_near_1'::regclass",
    );
    expect(await outcomes()).toEqual([
      [...ofWords, "there"],
      [...ofVectors, "again"],
    ]);

    // Also one that nothing can be done with any more.
    await database.pglite.exec(`
      update pg_index set indisvalid = false where indexrelid = '${WORDS}'::regclass;
      update pg_extension set extversion = '0.1.0' where extname = 'pg_textsearch'`);
    expect(await database.dropIndexes()).toEqual([WORDS, "chunk_vectors_near_1"]);
    expect(await names()).toEqual([]);
    const { rows } = await database.pglite.query(
      "select 1 from pg_proc where proname = 'chunk_index_terms'",
    );
    expect(rows).toEqual([]);
    expect(await database.dropIndexes()).toEqual([]);
  });

  test("are built for what there is something for, and the report says what there is nothing for", async () => {
    await database.pglite.query("create extension vector");
    await addSpace(store, "huge", 64_001);
    expect(await database.index(3)).toEqual({
      indexes: [],
      notes: [
        "Search by words: pg_textsearch is not installed in the database. " +
          "For an administrator: CREATE EXTENSION pg_textsearch.",
        "No index for search by meaning, plane (2): it has fewer than 3 vectors, among which an index finds nothing sooner.",
        "No index for search by meaning, huge (64001): pgvector takes at most 64,000 dimensions.",
      ],
    });
    // By default, where a search would read it.
    const options = { onStep: () => {}, signal: never };
    expect((await buildSearchIndexes(database.db, options)).notes[1]).toContain("than 20,000");
    expect((await database.index(0)).indexes).toMatchObject([{ name: "chunk_vectors_near_1" }]);
    expect(await names()).toEqual(["chunk_vectors_near_1"]);
  });

  test("are refused where they cannot be built, with what to do, and nothing is installed", async () => {
    await expect(database.index()).rejects.toThrow(
      /nothing to make indexes with.*\n.*For an administrator: CREATE EXTENSION pg_textsearch\.\n.*CREATE EXTENSION vector\./,
    );
    const { rows } = await database.pglite.query(
      "select extname from pg_extension where extname <> 'plpgsql'",
    );
    expect(rows).toEqual([]);

    await install();
    await database.pglite.exec("create role guest; set role guest");
    const refusal = "The tables belong to postgres, and only their owner can make indexes of them";
    await expect(database.index()).rejects.toThrow(
      `${refusal}: sign in as that role, not as guest`,
    );
    await expect(database.dropIndexes()).rejects.toThrow(refusal);
    await database.pglite.query("reset role");
    expect(await names()).toEqual([]);

    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    const build = buildSearchIndexes(database.db, { onStep: () => {}, signal });
    await expect(build).rejects.toBe(reason);
    expect(await names()).toEqual([]);
  });
});
