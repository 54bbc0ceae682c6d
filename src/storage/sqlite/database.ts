/** The file of the embedded store: `node:sqlite`, write-ahead log, durable commits. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Kysely } from "kysely";
import { WorkflowConfigurationError } from "../../workflow/errors.ts";
import type { Schema } from "../schema.ts";
import { CommitFlush } from "./commit-flush.ts";
import { NodeSqliteDialect } from "./driver.ts";

/** How long a single statement waits for another process; everything else in this one waits with it. */
const BLOCKING_WAIT_MS = 100;

function connect(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: BLOCKING_WAIT_MS });
  // FULL: a commit is on the disk before it is answered for, also when the power fails. See `CommitFlush`.
  db.exec("pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;");
  db.function("unicode_lower", { deterministic: true }, (text) => String(text).toLowerCase());
  return db;
}

/** A connection, and the queries over it; `db.destroy` closes both. */
export interface SqliteDatabaseFile {
  readonly db: Kysely<Schema>;
  readonly connection: DatabaseSync;
  /** Until it is started, SQLite itself waits for the disk. */
  readonly commits: CommitFlush;
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
  const commits = new CommitFlush(connection);
  const dialect = new NodeSqliteDialect(connection, commits);
  return { db: new Kysely<Schema>({ dialect }), connection, commits, file };
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
