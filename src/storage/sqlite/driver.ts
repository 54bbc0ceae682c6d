/** Kysely's driver for `node:sqlite`: prepared statements, transactions that wait their turn, commits that wait for the disk. */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CompiledQuery,
  type DatabaseConnection,
  type DialectAdapter,
  type Driver,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
  type SqliteStatement,
} from "kysely";
import { UnavailableError } from "../../workflow/errors.ts";
import type { CommitFlush } from "./commit-flush.ts";

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

/** How long a transaction waits for its turn, and lets everything else go on meanwhile. */
const LOCK_WAIT_MS = 5000;
const LOCK_PAUSE_MS = 50;

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === BUSY;
}

/**
 * Takes the write lock when a transaction begins, so that it never fails half-way for want of it, and keeps the
 * connection until what was committed is on the disk: nobody here reads what a loss of power would undo.
 */
class DurableDriver extends SqliteDriver {
  readonly #commits: CommitFlush;
  #known: DatabaseConnection | null = null;

  constructor(database: SqliteDatabase, commits: CommitFlush) {
    super({ database });
    this.#commits = commits;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    const connection = await super.acquireConnection();
    if (this.#known === connection) return connection;
    this.#known = connection;
    const execute = connection.executeQuery.bind(connection);
    connection.executeQuery = async (query) => {
      this.#commits.throwIfFailed();
      const result = await execute<never>(query);
      await this.#commits.settled();
      return result;
    };
    return connection;
  }

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

/** The dialect for a connection. Each statement is answered for when `commits` says that what it committed is safe. */
export class NodeSqliteDialect extends SqliteDialect {
  readonly #database: SqliteDatabase;
  readonly #commits: CommitFlush;

  constructor(connection: DatabaseSync, commits: CommitFlush) {
    const database = new PreparedDatabase(connection);
    super({ database });
    this.#database = database;
    this.#commits = commits;
  }

  override createAdapter(): DialectAdapter {
    return new TransactionalAdapter();
  }

  override createDriver(): Driver {
    return new DurableDriver(this.#database, this.#commits);
  }
}
