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
import { rowSecurity } from "./migrations/0010-row-security.ts";
import { manualToolCalls } from "./migrations/0011-manual-tool-calls.ts";
import { turnSearches } from "./migrations/0012-turn-searches.ts";
import { rowSecurityEstimates } from "./migrations/0013-row-security-estimates.ts";
import { fewerMerges } from "./migrations/0014-fewer-merges.ts";
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
  "0010-row-security": rowSecurity,
  "0011-manual-tool-calls": manualToolCalls,
  "0012-turn-searches": turnSearches,
  "0013-row-security-estimates": rowSecurityEstimates,
  "0014-fewer-merges": fewerMerges,
};

/** What a database has of the changes of its schema, beside what this program knows. */
export interface SchemaState {
  /** Changes that the database lacks, in order. */
  readonly pending: readonly string[];
  /** Changes that this program knows nothing of: they are a newer version's. */
  readonly unknown: readonly string[];
}

/** PostgreSQL's code for a table that is not there. */
const UNDEFINED_TABLE = "42P01";

function saysNoTable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ("code" in error && error.code === UNDEFINED_TABLE) || /no such table/.test(error.message);
}

/** Compares the changes that a database has with those of this program. */
export function compareChanges(made: readonly string[]): SchemaState {
  return {
    pending: Object.keys(MIGRATIONS).filter((name) => !made.includes(name)),
    unknown: made.filter((name) => !(name in MIGRATIONS)),
  };
}

/** Finds what a database lacks; reads only. */
export async function readSchemaState(db: Kysely<Schema>): Promise<SchemaState> {
  const made = sql<{ name: string }>`select name from kysely_migration order by name`;
  const { rows } = await made.execute(db).catch((error: unknown) => {
    if (saysNoTable(error)) return { rows: [] };
    throw error;
  });
  return compareChanges(rows.map(({ name }) => name));
}

/** Throws a `WorkflowConfigurationError` when a database is of a newer version than this program. */
export function refuseNewer({ unknown }: SchemaState): void {
  if (unknown.length === 0) return;
  throw new WorkflowConfigurationError(
    `The database is of a newer version of Chatter, with changes that this one does not know: ${unknown.join(", ")}. ` +
      "Start that version or a later one, or use another database.",
  );
}

/**
 * Runs the migrations that this database has not seen, each once, also when several processes start together: they take
 * turns, and the last ones find nothing to do. All that is missing is made in one transaction, so a process that dies in the
 * middle leaves nothing behind. Returns the names of the migrations that it ran. Throws when one fails, and a
 * `WorkflowConfigurationError`, before it writes anything, when the database is of a newer version than this program.
 */
export async function migrate(db: Kysely<Schema>, dialect: Dialect): Promise<string[]> {
  const state = await readSchemaState(db);
  refuseNewer(state);
  if (state.pending.length === 0) return [];
  const migrations: Record<string, Migration> = {};
  for (const [name, up] of Object.entries(MIGRATIONS)) {
    migrations[name] = { up: (tx) => up(tx, dialect) };
  }
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (!error) return results.map(({ migrationName }) => migrationName);
  // A newer version may have been the first to have its turn.
  refuseNewer(await readSchemaState(db));
  throw new Error("The database could not be brought to this version.", { cause: error });
}

/**
 * Makes a database ready for this program: migrates it, or, with `migrate: false`, throws a `WorkflowConfigurationError` that
 * says what to run when it lacks something.
 */
export async function prepareSchema(
  db: Kysely<Schema>,
  dialect: Dialect,
  options: { migrate?: boolean },
): Promise<void> {
  if (options.migrate ?? true) {
    await migrate(db, dialect);
    return;
  }
  const state = await readSchemaState(db);
  refuseNewer(state);
  if (state.pending.length === 0) return;
  throw new WorkflowConfigurationError(
    `The database lacks changes that this version needs: ${state.pending.join(", ")}. ` +
      "CHATTER_MIGRATE is off, so they are not made here: run chatter db migrate.",
  );
}
