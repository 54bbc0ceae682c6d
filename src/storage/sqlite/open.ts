/** The embedded store: one file, `node:sqlite`, write-ahead log, durable commits. */
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
import type { Store } from "../../workflow/ports/store.ts";
import { sqliteDialect } from "../dialect.ts";
import { migrate } from "../migrate.ts";
import type { Schema } from "../schema.ts";
import { createStore } from "../store.ts";
import { groupCommit } from "./group-commit.ts";
import { createSqliteKnowledge } from "./knowledge.ts";

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

function openDatabase(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: BLOCKING_WAIT_MS });
  // FULL: a commit is on the disk before it is answered for, also when the power fails.
  db.exec("pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;");
  db.function("unicode_lower", { deterministic: true }, (text) => String(text).toLowerCase());
  return db;
}

/**
 * Holds the data directory for one server process: the lock goes with the process, however it ends.
 * Throws a `WorkflowConfigurationError` when another one holds it.
 */
function holdDirectory(directory: string): DatabaseSync {
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

/**
 * Pages of the write-ahead log above which a commit brings them into the database itself, once a thread does that at a
 * twentieth: only if that thread has died.
 */
const LATE_CHECKPOINT_PAGES = 20_000;

/**
 * Opens the store in a directory, which is made when it is missing, and brings its schema up to date.
 * A server opens it `exclusive`: a second server on the same directory is refused, and the instances of an
 * earlier one are known to be dead. The command line shares it.
 */
export async function openSqliteStore(
  directory: string,
  options: { exclusive: boolean },
): Promise<Store> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lock = options.exclusive ? holdDirectory(directory) : null;
  const file = join(directory, "chatter.db");
  const connection = openDatabase(file);
  const database = new PreparedDatabase(connection);
  const db = new Kysely<Schema>({ dialect: new NodeSqliteDialect(database) });
  try {
    await migrate(db, sqliteDialect);
  } catch (error) {
    await db.destroy();
    lock?.close();
    throw error;
  }
  const knowledge = createSqliteKnowledge(db, file, () =>
    connection.exec(`pragma wal_autocheckpoint = ${LATE_CHECKPOINT_PAGES}`),
  );
  const store = createStore({
    db,
    dialect: sqliteDialect,
    knowledge,
    transaction: groupCommit(db),
    close: async () => {
      await knowledge.close();
      await db.destroy();
      lock?.close();
    },
  });
  if (options.exclusive) await store.instances.clear();
  return store;
}
