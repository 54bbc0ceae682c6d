import { type Kysely, sql } from "kysely";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { readyDocument } from "../../../test/conformance/knowledge-records.ts";
import { createDatabase } from "../../../test/support/postgres.ts";
import type { Schema } from "../schema.ts";
import { withBuildLock } from "./build-lock.ts";
import { type BuildStep, watchBuild } from "./build-progress.ts";
import { openDatabase, openPostgresStore } from "./open.ts";
import { dropSearchIndexes } from "./search-indexes.ts";

const never = new AbortController().signal;

describe("building in a PostgreSQL that others use", () => {
  let db: Kysely<Schema>;
  beforeEach(async () => {
    const url = await createDatabase(inject("postgresUrl"));
    const store = await openPostgresStore(url, { onIdleError: () => {} });
    await readyDocument(store, ["one", "two", "three", "four"]);
    await store.close();
    db = openDatabase(url, { onIdleError: () => {}, maxConnections: 3 });
  });
  afterEach(() => db.destroy());

  /** An index that takes a second for each chunk. */
  async function buildSlowly(connection: Kysely<Schema>): Promise<void> {
    await sql`
      create function slowly(chunk bigint) returns bigint language plpgsql immutable as
        'begin perform pg_sleep(1); return chunk; end'`.execute(connection);
    const create = sql`create index concurrently chunk_vectors_near_7 on chunk_index (slowly(number))`;
    await create.execute(connection);
  }

  test("one command at a time does so", async () => {
    await withBuildLock(db, never, async () => {
      await expect(dropSearchIndexes(db, never)).rejects.toThrow("another chatter db index");
    });
    expect(await dropSearchIndexes(db, never)).toEqual([]);
  });

  test("somebody who waits sees how far it is, and may break it off; what is half built is dropped", async () => {
    const steps: BuildStep[] = [];
    const stop = new AbortController();
    const reason = new Error("interrupted");
    const watching = watchBuild(
      db,
      (step) => {
        steps.push(step);
        stop.abort(reason);
      },
      stop.signal,
    );
    const begun = performance.now();
    await expect(withBuildLock(db, stop.signal, buildSlowly)).rejects.toBe(reason);
    await watching;
    expect(steps).toEqual([
      {
        index: "chunk_vectors_near_7",
        phase: expect.stringMatching(/^building index/),
        share: expect.any(Number),
      },
    ]);
    // Not to its end: an index is built in two passes.
    expect(performance.now() - begun).toBeLessThan(6000);
    await sql`alter index chunk_vectors_near_7 rename to chunk_index_bm25`.execute(db);
    expect(await dropSearchIndexes(db, never)).toEqual(["chunk_index_bm25"]);
  });
});
