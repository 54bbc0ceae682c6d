/** Indexes of extensions for searches in the configured PostgreSQL. */
import type { Kysely } from "kysely";
import type { Config } from "../config/config.ts";
import type { Schema } from "../storage/schema.ts";
import type { BuildOptions, IndexReport } from "../storage/postgres/search-indexes.ts";
import { WorkflowConfigurationError } from "../workflow/errors.ts";
import { pendingChanges } from "./schema.ts";

export type { BuildStep } from "../storage/postgres/build-progress.ts";
export type { IndexReport } from "../storage/postgres/search-indexes.ts";

type Place = Pick<Config, "databaseUrl" | "dataDir">;

async function withDatabase<Result>(
  place: Place,
  work: (db: Kysely<Schema>) => Promise<Result>,
): Promise<Result> {
  if (place.databaseUrl === null) {
    throw new WorkflowConfigurationError(
      `These indexes are of PostgreSQL, and DATABASE_URL is not set. SQLite in ${place.dataDir} needs none.`,
    );
  }
  if ((await pendingChanges(place)).length > 0) {
    throw new WorkflowConfigurationError(
      "The schema of the database is not up to date: run chatter db migrate first.",
    );
  }
  const { openDatabase } = await import("../storage/postgres/open.ts");
  // One builds, one looks how far it is, one may break it off. A connection that breaks while it is idle breaks the next
  // statement too.
  const db = openDatabase(place.databaseUrl, { onIdleError: () => {}, maxConnections: 3 });
  try {
    return await work(db);
  } finally {
    await db.destroy();
  }
}

/**
 * As `buildSearchIndexes`. Throws a `WorkflowConfigurationError` as well when the database is not a PostgreSQL, or its schema is
 * not up to date.
 */
export function buildIndexes(place: Place, options: BuildOptions): Promise<IndexReport> {
  return withDatabase(place, async (db) => {
    const { buildSearchIndexes } = await import("../storage/postgres/search-indexes.ts");
    return buildSearchIndexes(db, options);
  });
}

/** As `dropSearchIndexes`; throws like `buildIndexes`. */
export function dropIndexes(place: Place, signal: AbortSignal): Promise<readonly string[]> {
  return withDatabase(place, async (db) => {
    const { dropSearchIndexes } = await import("../storage/postgres/search-indexes.ts");
    return dropSearchIndexes(db, signal);
  });
}
