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

export interface Engine {
  readonly name: "sqlite" | "postgres";
  /** An empty store; `dispose` closes and removes it. */
  openStore(): Promise<{ store: Store; dispose: () => Promise<void> }>;
  /** A server on an empty store. */
  startServer(options?: ServerOptions): Promise<TestServer>;
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
};

const postgres: Engine = {
  name: "postgres",
  async openStore() {
    const url = await createDatabase(inject("postgresUrl"));
    const store = await openPostgresStore(url, { onIdleError: () => {} });
    return { store, dispose: () => store.close() };
  },
  async startServer(options = {}) {
    const url = await createDatabase(inject("postgresUrl"));
    return startServer({ ...options, env: { DATABASE_URL: url, ...options.env } });
  },
};

export const ENGINES: readonly Engine[] = [sqlite, postgres];
