/** The store on PostgreSQL: for when one process is not enough. */
import { type Dialect, Kysely } from "kysely";
import { type ClientBase, type CustomTypesConfig, Pool, types as pgTypes } from "pg";
import type { Store } from "../../workflow/ports/store.ts";
import { postgresDialect } from "../dialect.ts";
import { prepareSchema } from "../migrate.ts";
import type { Schema } from "../schema.ts";
import { createStore } from "../store.ts";
import { TranslatingDialect, withoutClient } from "./driver.ts";
import { createPostgresKnowledge } from "./knowledge.ts";
import { PreparingClient } from "./prepared.ts";
import { holdsFor, withRowSecurity } from "./row-security.ts";
import type { SetSizes } from "./visible.ts";
import { PostgresWakeups } from "./wakeups.ts";

const INT8 = 20;

/** Our 64-bit columns are milliseconds and counts: all within the safe integers. */
const types: CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    oid === INT8 ? Number : pgTypes.getTypeParser(oid, format)) as typeof pgTypes.getTypeParser,
};

interface PoolOptions {
  /** Hears of connections that break while nobody uses them; the pool replaces them. */
  readonly onIdleError: (error: Error) => void;
  readonly maxConnections?: number;
}

function toConnection(url: string) {
  return { connectionString: url, connectionTimeoutMillis: 5000, keepAlive: true };
}

/** Makes a new connection ready, before anybody uses it. */
async function onConnect(client: ClientBase): Promise<void> {
  // It may also break while it is lent out, between two statements; the next one of them then fails. Without a listener
  // the process would end.
  client.on("error", () => {});
  // Compiling a search takes longer than running it.
  await client.query("set jit = off");
}

/** Connections to a `postgres://` address. */
function openPool(url: string, options: PoolOptions): Pool {
  const max = options.maxConnections ?? 10;
  // The pool waits for `onConnect`, though its type does not say so.
  const config = { ...toConnection(url), max, types, Client: PreparingClient, onConnect };
  const pool = new Pool(config);
  pool.on("error", (error) => options.onIdleError(withoutClient(error)));
  return pool;
}

/** Opens the database at a `postgres://` address as it is; `destroy` closes it. */
export function openDatabase(url: string, options: PoolOptions): Kysely<Schema> {
  return new Kysely<Schema>({ dialect: new TranslatingDialect(openPool(url, options)) });
}

interface StoreOptions {
  /** False: a schema that is not up to date is refused. */
  readonly migrate?: boolean;
  /** For tests. */
  readonly sizes?: SetSizes;
  /** How other processes on the same database are woken; without it they have to look. */
  readonly wakeups?: PostgresWakeups;
}

/**
 * Opens the store at a `postgres://` address and brings its schema up to date, also when several processes
 * do so at once; with `migrate: false` it refuses one that is not. While the database is away, its methods throw
 * `UnavailableError`. Throws when the database cannot be reached.
 */
export async function openPostgresStore(
  url: string,
  options: PoolOptions & Pick<StoreOptions, "migrate">,
): Promise<Store> {
  const pool = openPool(url, options);
  const wakeups = new PostgresWakeups({
    connection: toConnection(url),
    notify: (channel, payload) => pool.query("select pg_notify($1, $2)", [channel, payload]),
    onError: options.onIdleError,
  });
  return openStoreOn(new TranslatingDialect(pool), { ...options, wakeups });
}

/** Opens the store on any way to a PostgreSQL. */
export async function openStoreOn(dialect: Dialect, options: StoreOptions = {}): Promise<Store> {
  const { sizes, wakeups } = options;
  const db = new Kysely<Schema>({ dialect });
  try {
    await prepareSchema(db, postgresDialect, options);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  const knowledge = createPostgresKnowledge(db, sizes);
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
