/** A database as an earlier version left it: with the schema of that version, and rows that it wrote. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { type Dialect as SqlDialect, Kysely, PostgresDialect, SqliteDialect } from "kysely";
import { Migrator } from "kysely/migration";
import { Pool } from "pg";
import { inject } from "vitest";
import { type Dialect, postgresDialect, sqliteDialect } from "../../src/storage/dialect.ts";
import { foundation } from "../../src/storage/migrations/0001-foundation.ts";
import { openPostgresStore } from "../../src/storage/postgres/open.ts";
import type { Schema } from "../../src/storage/schema.ts";
import { openSqliteStore } from "../../src/storage/sqlite/open.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import { createDatabase } from "./postgres.ts";

export interface OldDatabase {
  /** Looks at the tables, or writes into them, behind the back of every version. */
  direct<T>(work: (db: Kysely<Schema>) => Promise<T>): Promise<T>;
  /** Opens it with this version, which migrates it. The caller closes the store. */
  open(): Promise<Store>;
  /** The environment that leads to it, for commands. */
  readonly env: Readonly<Record<string, string>>;
  dispose(): Promise<void>;
}

function nodeSqlite(file: string): SqlDialect {
  const db = new DatabaseSync(file);
  return new SqliteDialect({
    database: {
      close: () => db.close(),
      prepare: (sql) => {
        const statement = db.prepare(sql);
        return {
          reader: statement.columns().length > 0,
          all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
          run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
          iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
        };
      },
    },
  });
}

/** Gives it the schema of version 0.1, and writes down that it has it, as that version did. */
async function makeFirst(db: Kysely<Schema>, dialect: Dialect): Promise<void> {
  const first = { up: (tx: Kysely<Schema>) => foundation(tx, dialect) };
  const provider = { getMigrations: async () => ({ "0001-foundation": first }) };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error) throw new Error("The old schema could not be made.", { cause: error });
}

async function prepare(
  connect: () => SqlDialect,
  dialect: Dialect,
  rest: Omit<OldDatabase, "direct">,
): Promise<OldDatabase> {
  const direct: OldDatabase["direct"] = async (work) => {
    const db = new Kysely<Schema>({ dialect: connect() });
    try {
      return await work(db);
    } finally {
      await db.destroy();
    }
  };
  await direct((db) => makeFirst(db, dialect));
  return { direct, ...rest };
}

/** An empty database of version 0.1 on an engine. */
export async function openOldDatabase(engine: "sqlite" | "postgres"): Promise<OldDatabase> {
  if (engine === "sqlite") {
    const directory = await mkdtemp(join(tmpdir(), "chatter-old-"));
    return prepare(() => nodeSqlite(join(directory, "chatter.db")), sqliteDialect, {
      open: () => openSqliteStore(directory, { exclusive: true }),
      env: { CHATTER_DATA_DIR: directory },
      dispose: () => rm(directory, { recursive: true, force: true }),
    });
  }
  const connectionString = await createDatabase(inject("postgresUrl"));
  const connect = () => new PostgresDialect({ pool: new Pool({ connectionString, max: 1 }) });
  return prepare(connect, postgresDialect, {
    open: () => openPostgresStore(connectionString, { onIdleError: () => {}, maxConnections: 2 }),
    env: { DATABASE_URL: connectionString },
    dispose: () => Promise.resolve(),
  });
}
