/** The store on PostgreSQL: for when one process is not enough. */
import { type Dialect, Kysely } from "kysely";
import { type CustomTypesConfig, Pool, types as pgTypes } from "pg";
import type { Store } from "../../workflow/ports/store.ts";
import { postgresDialect } from "../dialect.ts";
import { migrate } from "../migrate.ts";
import type { Schema } from "../schema.ts";
import { createStore } from "../store.ts";
import { TranslatingDialect, withoutClient } from "./driver.ts";
import { createPostgresKnowledge } from "./knowledge.ts";
import { PreparingClient } from "./prepared.ts";
import { holdsFor, withRowSecurity } from "./row-security.ts";
import { PostgresWakeups } from "./wakeups.ts";

const INT8 = 20;

/** Our 64-bit columns are milliseconds and counts: all within the safe integers. */
const types: CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    oid === INT8 ? Number : pgTypes.getTypeParser(oid, format)) as typeof pgTypes.getTypeParser,
};

/**
 * Opens the store at a `postgres://` address and brings its schema up to date, also when several processes
 * do so at once. `onIdleError` hears of connections that break while nobody uses them; the pool replaces them.
 * While the database is away, its methods throw `UnavailableError`. Throws when the database cannot be reached.
 */
export async function openPostgresStore(
  url: string,
  options: { onIdleError: (error: Error) => void; maxConnections?: number },
): Promise<Store> {
  const connection = { connectionString: url, connectionTimeoutMillis: 5000, keepAlive: true };
  const max = options.maxConnections ?? 10;
  const pool = new Pool({ ...connection, max, types, Client: PreparingClient });
  pool.on("error", (error) => options.onIdleError(withoutClient(error)));
  // A connection may also break while it is lent out, between two statements; the next one of them then fails.
  // Without a listener the process would end.
  pool.on("connect", (client) => {
    client.on("error", () => {});
    // Compiling a search takes longer than running it. If this fails, so does what comes next.
    client.query("set jit = off").catch(() => {});
  });
  const wakeups = new PostgresWakeups({
    connection,
    notify: (channel, payload) => pool.query("select pg_notify($1, $2)", [channel, payload]),
    onError: options.onIdleError,
  });
  return openStoreOn(new TranslatingDialect(pool), { wakeups });
}

interface StoreOptions {
  /** How many vectors make a space that pgvector, where it is installed, has an index of; for tests. */
  readonly indexFrom?: number;
  /** How other processes on the same database are woken; without it they have to look. */
  readonly wakeups?: PostgresWakeups;
}

/** Opens the store on any way to a PostgreSQL. */
export async function openStoreOn(
  dialect: Dialect,
  { indexFrom, wakeups }: StoreOptions = {},
): Promise<Store> {
  const db = new Kysely<Schema>({ dialect });
  try {
    await migrate(db, postgresDialect);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  const knowledge = createPostgresKnowledge(db, indexFrom);
  // What was installed while no server ran, or has become large, is seen at once.
  knowledge.lookForIndexes();
  return createStore({
    db,
    dialect: postgresDialect,
    knowledge,
    transaction: (work) => db.transaction().execute(work),
    wall: withRowSecurity,
    keepsOwnersApart: () => holdsFor(db),
    ...(wakeups && { wakeups }),
    close: async () => {
      await wakeups?.close();
      await knowledge.close();
      await db.destroy();
    },
  });
}
