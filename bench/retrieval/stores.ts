/** Both engines in an empty place of their own, and what they take of the disk. */
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Client } from "pg";
import { openPostgresStore } from "../../src/storage/postgres/open.ts";
import { openSqliteStore } from "../../src/storage/sqlite/open.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import { type RawInsert, rawPostgres, rawSqlite } from "./baseline.ts";
import { createDatabase, startPostgres } from "../../test/support/postgres.ts";

export type EngineName = "sqlite" | "postgres";

interface OpenStore {
  readonly store: Store;
  /** Bytes of everything that belongs to chunks. */
  readonly bytes: () => Promise<number>;
  readonly close: () => Promise<void>;
}

export interface Engine {
  readonly name: EngineName;
  readonly open: () => Promise<OpenStore>;
  /** Texts a second into the engine's own index, for comparison. */
  readonly raw: RawInsert;
  readonly stop: () => Promise<void>;
}

/** The size of a database file with all that was in its log. */
async function sizeWithLog(file: string): Promise<number> {
  const db = new DatabaseSync(file);
  try {
    db.exec("pragma wal_checkpoint(passive)");
  } finally {
    db.close();
  }
  return (await stat(file)).size;
}

async function openSqlite(): Promise<OpenStore> {
  const directory = await mkdtemp(join(tmpdir(), "chatter-retrieval-"));
  const store = await openSqliteStore(directory, { exclusive: true });
  return {
    store,
    bytes: () => sizeWithLog(join(directory, "chatter.db")),
    close: async () => {
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function openPostgres(serverUrl: string): Promise<OpenStore> {
  const url = await createDatabase(serverUrl);
  const store = await openPostgresStore(url, { onIdleError: () => {} });
  return {
    store,
    bytes: async () => {
      const client = new Client({ connectionString: url });
      await client.connect();
      await client.query("vacuum analyze");
      const { rows } = await client.query<{ bytes: string }>(`
        select sum(pg_total_relation_size(oid)) as bytes from pg_class
        where relname in ('chunks', 'chunk_index', 'chunk_vectors', 'search_terms')`);
      await client.end();
      return Number(rows[0]?.bytes);
    },
    close: () => store.close(),
  };
}

export async function startEngine(name: EngineName): Promise<Engine> {
  if (name === "sqlite") {
    return { name, open: openSqlite, raw: rawSqlite, stop: () => Promise.resolve() };
  }
  // As a server is run: with the disk's word for every commit.
  const server = await startPostgres({ durable: true });
  return {
    name,
    open: () => openPostgres(server.url),
    raw: async (texts) => rawPostgres(await createDatabase(server.url), texts),
    stop: () => server.stop(),
  };
}
