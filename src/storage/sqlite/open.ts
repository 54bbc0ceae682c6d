/** The embedded store: one file, `node:sqlite`, write-ahead log, durable commits. */
import { mkdirSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Kysely } from "kysely";
import { WorkflowConfigurationError } from "../../workflow/errors.ts";
import type { Store } from "../../workflow/ports/store.ts";
import { sqliteDialect } from "../dialect.ts";
import { migrate } from "../migrate.ts";
import type { Schema } from "../schema.ts";
import { createStore } from "../store.ts";
import { CommitFlush } from "./commit-flush.ts";
import { NodeSqliteDialect } from "./driver.ts";
import { groupCommit } from "./group-commit.ts";
import { createSqliteKnowledge } from "./knowledge.ts";

/** How long a single statement waits for another process; everything else in this one waits with it. */
const BLOCKING_WAIT_MS = 100;

function openDatabase(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: BLOCKING_WAIT_MS });
  // FULL: a commit is on the disk before it is answered for, also when the power fails. See `CommitFlush`.
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
 * fifth: only if that thread has died.
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
  const commits = new CommitFlush(connection);
  const db = new Kysely<Schema>({ dialect: new NodeSqliteDialect(connection, commits) });
  let log: FileHandle | null = null;
  try {
    await migrate(db, sqliteDialect);
    const opened = await open(`${file}-wal`, "r+");
    log = opened;
    commits.start(() => opened.datasync());
  } catch (error) {
    await db.destroy();
    await log?.close();
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
      await log?.close();
      lock?.close();
    },
  });
  if (options.exclusive) await store.instances.clear();
  return store;
}
