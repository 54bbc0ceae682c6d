/** Brings a database to the newest schema, forward only. */
import type { Kysely } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import type { Dialect } from "./dialect.ts";
import { foundation } from "./migrations/0001-foundation.ts";
import { workflows } from "./migrations/0002-workflows.ts";
import { jobs } from "./migrations/0005-jobs.ts";
import type { Schema } from "./schema.ts";

/** Every change of the schema, in order; one that has been released is never edited. */
const MIGRATIONS: Readonly<
  Record<string, (db: Kysely<Schema>, dialect: Dialect) => Promise<void>>
> = { "0001-foundation": foundation, "0002-workflows": workflows, "0005-jobs": jobs };

/**
 * Runs the migrations that this database has not seen, each once, also when several processes start together.
 * Throws when one fails, or when the database is of a newer version than this program.
 */
export async function migrate(db: Kysely<Schema>, dialect: Dialect): Promise<void> {
  const migrations: Record<string, Migration> = {};
  for (const [name, up] of Object.entries(MIGRATIONS)) {
    migrations[name] = { up: (tx) => up(tx, dialect) };
  }
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error)
    throw new Error("The database could not be brought to this version.", { cause: error });
}
