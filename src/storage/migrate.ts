/** Brings a database to the newest schema, forward only. */
import { type Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { WorkflowConfigurationError } from "../workflow/errors.ts";
import type { Dialect } from "./dialect.ts";
import { foundation } from "./migrations/0001-foundation.ts";
import { workflows } from "./migrations/0002-workflows.ts";
import { limits } from "./migrations/0003-limits.ts";
import { runsUnderWay } from "./migrations/0004-runs-under-way.ts";
import { knowledge } from "./migrations/0005-knowledge.ts";
import { ingestion } from "./migrations/0006-ingestion.ts";
import { tickets } from "./migrations/0007-tickets.ts";
import { toolServers } from "./migrations/0008-tool-servers.ts";
import { toolCalls } from "./migrations/0009-tool-calls.ts";
import { rowSecurity } from "./migrations/0012-row-security.ts";
import { manualToolCalls } from "./migrations/0013-manual-tool-calls.ts";
import { turnSearches } from "./migrations/0014-turn-searches.ts";
import type { Schema } from "./schema.ts";

/** Every change of the schema, in order; one that has been released is never edited. */
const MIGRATIONS: Readonly<
  Record<string, (db: Kysely<Schema>, dialect: Dialect) => Promise<void>>
> = {
  "0001-foundation": foundation,
  "0002-workflows": workflows,
  "0003-limits": limits,
  "0004-runs-under-way": runsUnderWay,
  "0005-knowledge": knowledge,
  "0006-ingestion": ingestion,
  "0007-tickets": tickets,
  "0008-tool-servers": toolServers,
  "0009-tool-calls": toolCalls,
  "0012-row-security": rowSecurity,
  "0013-manual-tool-calls": manualToolCalls,
  "0014-turn-searches": turnSearches,
};

/** The changes of a database that this program knows nothing of; empty where nobody can say. */
async function unknownChanges(db: Kysely<Schema>): Promise<string[]> {
  const made = sql<{ name: string }>`select name from kysely_migration order by name`;
  const { rows } = await made.execute(db).catch(() => ({ rows: [] }));
  return rows.map(({ name }) => name).filter((name) => !(name in MIGRATIONS));
}

/**
 * Runs the migrations that this database has not seen, each once, also when several processes start together.
 * Throws when one fails, and a `WorkflowConfigurationError` when the database is of a newer version than this program.
 */
export async function migrate(db: Kysely<Schema>, dialect: Dialect): Promise<void> {
  const migrations: Record<string, Migration> = {};
  for (const [name, up] of Object.entries(MIGRATIONS)) {
    migrations[name] = { up: (tx) => up(tx, dialect) };
  }
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (!error) return;
  const unknown = await unknownChanges(db);
  if (unknown.length === 0) {
    throw new Error("The database could not be brought to this version.", { cause: error });
  }
  throw new WorkflowConfigurationError(
    `The database is of a newer version of Chatter, with changes that this one does not know: ${unknown.join(", ")}. ` +
      "Start that version or a later one, or use another database.",
  );
}
