/** The embedded store: one file, for one server. */
import { mkdirSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Store } from "../../workflow/ports/store.ts";
import { sqliteDialect } from "../dialect.ts";
import { prepareSchema } from "../migrate.ts";
import { createStore } from "../store.ts";
import { holdDirectory, openDatabase } from "./database.ts";
import { groupCommit } from "./group-commit.ts";
import { createSqliteKnowledge } from "./knowledge.ts";

/**
 * Pages of the write-ahead log above which a commit brings them into the database itself, once a thread does that at a
 * fifth: only if that thread has died.
 */
const LATE_CHECKPOINT_PAGES = 20_000;

/**
 * Opens the store in a directory, which is made when it is missing, and brings its schema up to date; with `migrate: false`
 * it refuses one that is not. A server opens it `exclusive`: a second server on the same directory is refused, and the
 * instances of an earlier one are known to be dead. The command line shares it.
 */
export async function openSqliteStore(
  directory: string,
  options: { exclusive: boolean; migrate?: boolean },
): Promise<Store> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lock = options.exclusive ? holdDirectory(directory) : null;
  const { db, connection, commits, file } = openDatabase(directory);
  let log: FileHandle | null = null;
  try {
    await prepareSchema(db, sqliteDialect, options);
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
