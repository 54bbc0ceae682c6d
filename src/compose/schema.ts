/** The schema of the configured database: what it lacks, and how that is made. */
import { existsSync } from "node:fs";
import type { Kysely } from "kysely";
import type { Config } from "../config/config.ts";
import { type Dialect, postgresDialect, sqliteDialect } from "../storage/dialect.ts";
import { compareChanges, migrate, readSchemaState, refuseNewer } from "../storage/migrate.ts";
import type { Schema } from "../storage/schema.ts";

type Place = Pick<Config, "databaseUrl" | "dataDir">;

/** A database that is open as it is. */
interface Opened {
  readonly db: Kysely<Schema>;
  readonly dialect: Dialect;
  readonly close: () => Promise<void>;
}

/** `toChange`: a server that uses an embedded database is not to find it changed; then this throws. */
async function open({ databaseUrl, dataDir }: Place, toChange: boolean): Promise<Opened> {
  if (databaseUrl !== null) {
    const { openDatabase } = await import("../storage/postgres/open.ts");
    // A connection that breaks while it is idle breaks the next statement too.
    const db = openDatabase(databaseUrl, { onIdleError: () => {}, maxConnections: 2 });
    return { db, dialect: postgresDialect, close: () => db.destroy() };
  }
  const { holdDirectory, openDatabase } = await import("../storage/sqlite/database.ts");
  const { db } = openDatabase(dataDir);
  try {
    const lock = toChange ? holdDirectory(dataDir) : null;
    const close = async (): Promise<void> => {
      await db.destroy();
      lock?.close();
    };
    return { db, dialect: sqliteDialect, close };
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

async function isMissing({ databaseUrl, dataDir }: Place): Promise<boolean> {
  if (databaseUrl !== null) return false;
  const { databaseFileOf } = await import("../storage/sqlite/database.ts");
  return !existsSync(databaseFileOf(dataDir));
}

/**
 * The changes that the configured database lacks, in order; nothing is written, nor made. Throws a
 * `WorkflowConfigurationError` when it is of a newer version than this program.
 */
export async function pendingChanges(place: Place): Promise<readonly string[]> {
  if (await isMissing(place)) return compareChanges([]).pending;
  const { db, close } = await open(place, false);
  try {
    const state = await readSchemaState(db);
    refuseNewer(state);
    return state.pending;
  } finally {
    await close();
  }
}

/**
 * Makes the changes that the configured database lacks, and returns their names, in order: none when others made them
 * meanwhile. Throws a `WorkflowConfigurationError` when it is of a newer version than this program, or is embedded and a
 * server uses it.
 */
export async function makeChanges(place: Place): Promise<readonly string[]> {
  const { db, dialect, close } = await open(place, true);
  try {
    return await migrate(db, dialect);
  } finally {
    await close();
  }
}
