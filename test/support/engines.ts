/** Both engines, so that one suite runs on each. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { openPostgresStore } from "../../src/storage/postgres/open.ts";
import { openSqliteStore } from "../../src/storage/sqlite/open.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import { createDatabase } from "./postgres.ts";
import { type ServerOptions, startServer, type TestServer } from "./server.ts";

/** Where a suite can have a store. */
export interface StorePlace {
  readonly name: string;
  /** An empty store; `dispose` closes and removes it. */
  openStore(): Promise<{ store: Store; dispose: () => Promise<void> }>;
}

export interface Engine extends StorePlace {
  readonly name: "sqlite" | "postgres";
  /** A server on an empty store. */
  startServer(options?: ServerOptions): Promise<TestServer>;
  /** An empty store for servers that follow each other. */
  openPlace(): Promise<Place>;
}

/** A store that outlives its servers. */
export interface Place {
  /** Starts a server; the one before must have ended. */
  start(options?: ServerOptions): Promise<TestServer>;
  /** The environment that leads to the store, for commands beside the server. */
  readonly env: Readonly<Record<string, string>>;
  dispose(): Promise<void>;
}

async function makePlace(env: Readonly<Record<string, string>>): Promise<Place> {
  const dataDir = await mkdtemp(join(tmpdir(), "chatter-place-"));
  return {
    start: (options = {}) => startServer({ ...options, dataDir, env: { ...env, ...options.env } }),
    env: { ...env, CHATTER_DATA_DIR: dataDir },
    dispose: () => rm(dataDir, { recursive: true, force: true }),
  };
}

const sqlite: Engine = {
  name: "sqlite",
  async openStore() {
    const directory = await mkdtemp(join(tmpdir(), "chatter-store-"));
    const store = await openSqliteStore(directory, { exclusive: true });
    return {
      store,
      dispose: async () => {
        await store.close();
        await rm(directory, { recursive: true, force: true });
      },
    };
  },
  startServer: (options) => startServer(options),
  openPlace: () => makePlace({}),
};

const postgres: Engine = {
  name: "postgres",
  async openStore() {
    const url = await createDatabase(inject("postgresUrl"), { migrated: true });
    const store = await openPostgresStore(url, { onIdleError: () => {} });
    return { store, dispose: () => store.close() };
  },
  async startServer(options = {}) {
    const url = await createDatabase(inject("postgresUrl"), { migrated: true });
    return startServer({ ...options, env: { DATABASE_URL: url, ...options.env } });
  },
  openPlace: async () => makePlace({ DATABASE_URL: await createDatabase(inject("postgresUrl")) }),
};

export const ENGINES: readonly Engine[] = [sqlite, postgres];

/** PostgreSQL with extensions and their indexes, which searches among two chunks read as well. */
const extended: StorePlace = {
  name: "postgres with pgvector and pg_textsearch",
  async openStore() {
    // Only these suites load it.
    const { openExtensionDatabase } = await import("./extensions.ts");
    const { SPACE } = await import("../conformance/knowledge-records.ts");
    const database = await openExtensionDatabase();
    await database.pglite.exec("create extension vector; create extension pg_textsearch");
    const store = await database.openStore({ small: 1, indexed: 1, depths: [1000] });
    await database.db.insertInto("embedding_spaces").values(SPACE).execute();
    await database.index();
    return { store, dispose: () => store.close() };
  },
};

/** Where search must find the same. */
export const SEARCH_PLACES: readonly StorePlace[] = [...ENGINES, extended];
