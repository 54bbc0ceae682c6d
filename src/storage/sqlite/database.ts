/** The file of the embedded store: `node:sqlite`, write-ahead log, durable commits. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CompiledQuery,
  type DatabaseConnection,
  type DialectAdapter,
  type Driver,
  Kysely,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
  type SqliteStatement,
} from "kysely";
import { UnavailableError, WorkflowConfigurationError } from "../../workflow/errors.ts";
import type { Schema } from "../schema.ts";

/** Enough for every statement of the program; only the ones with lists of ids differ in length. */
const MAX_STATEMENTS = 200;

/** `node:sqlite` in the shape that Kysely expects, with its statements prepared once. */
class PreparedDatabase implements SqliteDatabase {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, SqliteStatement>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  prepare(sql: string): SqliteStatement {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = toKyselyStatement(this.#db.prepare(sql));
    if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear();
    this.#statements.set(sql, statement);
    return statement;
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }
}

function toKyselyStatement(statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
    run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
    iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
  };
}

/** `SQLITE_BUSY`: another process, such as the command line, is writing. */
const BUSY = 5;

/** How long a single statement waits for another process; everything else in this one waits with it. */
const BLOCKING_WAIT_MS = 100;

/** How long a transaction waits for its turn, and lets everything else go on meanwhile. */
const LOCK_WAIT_MS = 5000;
const LOCK_PAUSE_MS = 50;

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === BUSY;
}

/** Takes the write lock when a transaction begins, so that it never fails half-way for want of it. */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    for (const since = performance.now(); ;) {
      try {
        await connection.executeQuery(CompiledQuery.raw("begin immediate"));
        return;
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (performance.now() - since > LOCK_WAIT_MS) {
          const message = "Another program is writing to the database and does not come to an end.";
          throw new UnavailableError("UNAVAILABLE", message, 1000);
        }
      }
      await sleep(LOCK_PAUSE_MS);
    }
  }
}

/** SQLite changes its schema inside transactions as well as anything else; Kysely does not count on it by itself. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class NodeSqliteDialect extends SqliteDialect {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    super({ database });
    this.#database = database;
  }

  override createAdapter(): DialectAdapter {
    return new TransactionalAdapter();
  }

  override createDriver(): Driver {
    return new ImmediateDriver({ database: this.#database });
  }
}

function connect(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: BLOCKING_WAIT_MS });
  // FULL: a commit is on the disk before it is answered for, also when the power fails.
  db.exec("pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;");
  db.function("unicode_lower", { deterministic: true }, (text) => String(text).toLowerCase());
  return db;
}

/** A connection, and the queries over it; `db.destroy` closes both. */
export interface SqliteDatabaseFile {
  readonly db: Kysely<Schema>;
  readonly connection: DatabaseSync;
  readonly file: string;
}

/** Where the database of a data directory is. */
export function databaseFileOf(directory: string): string {
  return join(directory, "chatter.db");
}

/** Opens the database of a data directory as it is; both are made when they are missing. */
export function openDatabase(directory: string): SqliteDatabaseFile {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = databaseFileOf(directory);
  const connection = connect(file);
  const dialect = new NodeSqliteDialect(new PreparedDatabase(connection));
  return { db: new Kysely<Schema>({ dialect }), connection, file };
}

/**
 * Holds the data directory for one server process: the lock goes with the process, however it ends.
 * Throws a `WorkflowConfigurationError` when another one holds it.
 */
export function holdDirectory(directory: string): DatabaseSync {
  const lock = new DatabaseSync(join(directory, "server.lock"), { timeout: 0 });
  try {
    lock.exec("pragma locking_mode = exclusive; begin exclusive;");
    return lock;
  } catch (cause) {
    lock.close();
    const error = new WorkflowConfigurationError(
      `Another Chatter server is using ${directory}. Stop it first, or set CHATTER_DATA_DIR to another folder.`,
    );
    error.cause = cause;
    throw error;
  }
}
