/**
 * What one, two and three instances on one PostgreSQL take in and stream, and how soon an accepted run begins. All share the
 * machine's cores with the database, the stub of a provider and the clients: on two cores this shows that instances do
 * not stand in each other's way, not how far they scale.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { createDatabase, startPostgres } from "../test/support/postgres.ts";
import { freePort, message, start, stop } from "./children.ts";
import { readiness } from "./contenders.ts";
import { median } from "./median.ts";
import { table } from "./report.ts";

const COUNTS = [1, 2, 3] as const;
const ROUNDS = 3;
/** Clients that each send the next message when the last one was accepted. */
const SENDERS = 16;
const SEND_MS = 6000;
const STREAMS = 60;
const TOKENS = 200;

interface Figures {
  readonly acceptedPerSecond: number;
  readonly tokensPerSecond: number;
  /** From a run's acceptance to its start, in milliseconds. */
  readonly startP95: number;
}

/** The requests go to the instances in turn, as a load balancer sends them. */
function post(ports: readonly number[], index: number, body: object): Promise<Response> {
  return fetch(`http://127.0.0.1:${ports[index % ports.length]}/api/v1/chat`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function accept(ports: readonly number[]): Promise<number> {
  const since = performance.now();
  let accepted = 0;
  const send = async (index: number): Promise<void> => {
    for (let turn = index; performance.now() - since < SEND_MS; turn += SENDERS) {
      const response = await post(ports, turn, { message: "stub-n1-p0", background: true });
      await response.arrayBuffer();
      if (response.status !== 202) throw new Error(`a message was answered ${response.status}`);
      accepted++;
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, (_, index) => send(index)));
  return accepted / ((performance.now() - since) / 1000);
}

async function stream(ports: readonly number[]): Promise<number> {
  const since = performance.now();
  const read = async (index: number): Promise<void> => {
    const body = { message: `stub-n${TOKENS}-p0`, stream: true };
    const text = await (await post(ports, index, body)).text();
    const tokens = text.split("event: token\n").length - 1;
    if (tokens !== TOKENS) throw new Error(`a stream had ${tokens} tokens`);
  };
  await Promise.all(Array.from({ length: STREAMS }, (_, index) => read(index)));
  return (STREAMS * TOKENS) / ((performance.now() - since) / 1000);
}

/** Waits until all runs have ended, and returns how long they had waited for their start. */
async function startP95(databaseUrl: string): Promise<number> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const left = "select 1 from runs where status in ('queued', 'running') limit 1";
    while ((await client.query(left)).rowCount !== 0);
    const { rows } = await client.query<{ p95: number }>(
      "select percentile_cont(0.95) within group (order by started_at - created_at) as p95 from runs",
    );
    return Number(rows[0]?.p95);
  } finally {
    await client.end();
  }
}

async function measure(count: number, postgresUrl: string, upstream: number): Promise<Figures> {
  const databaseUrl = await createDatabase(postgresUrl);
  const data = mkdtempSync(join(tmpdir(), "chatter-bench-"));
  const entry = join(import.meta.dirname, "..", "dist", "server", "chatter.js");
  const instances = await Promise.all(
    Array.from({ length: count }, async () => {
      const port = await freePort();
      const env = {
        CHATTER_PORT: String(port),
        CHATTER_DATA_DIR: data,
        CHATTER_MODEL: "stub",
        CHATTER_RATE_LIMIT: "off",
        CHATTER_LOG_LEVEL: "warn",
        DATABASE_URL: databaseUrl,
        OPENAI_API_KEY: "x",
        OPENAI_BASE_URL: `http://127.0.0.1:${upstream}/v1`,
      };
      const options = { name: "chatter", args: [entry, "serve"], core: null, cwd: data, env };
      const child = start({ ...options, quiet: true });
      await readiness(child, port);
      return { child, port };
    }),
  );
  const ports = instances.map(({ port }) => port);
  try {
    // The first ones compile, plan and connect.
    await stream(ports);
    const acceptedPerSecond = await accept(ports);
    const p95 = await startP95(databaseUrl);
    return { acceptedPerSecond, tokensPerSecond: await stream(ports), startP95: p95 };
  } finally {
    await Promise.all(instances.map(({ child }) => stop(child)));
    rmSync(data, { recursive: true, force: true });
  }
}

const postgres = await startPostgres();
const upstream = start({
  name: "upstream",
  args: [join(import.meta.dirname, "upstream.ts")],
  core: null,
  ipc: true,
});
try {
  const { port } = await message<{ port: number }>(upstream);
  const all = new Map<number, Figures[]>(COUNTS.map((count) => [count, []]));
  for (let round = 1; round <= ROUNDS; round++) {
    console.log(`round ${round} of ${ROUNDS}`);
    for (const count of COUNTS) all.get(count)?.push(await measure(count, postgres.url, port));
  }
  const middle = (count: number, of: keyof Figures): number =>
    median((all.get(count) ?? []).map((figures) => figures[of]));
  const ratio = (count: number, of: keyof Figures): string =>
    (middle(count, of) / middle(1, of)).toFixed(2);
  const titles = ["instances", "runs/s", "of one", "tokens/s", "of one", "to start, p95 ms"];
  const rows = COUNTS.map((count) => [
    String(count),
    middle(count, "acceptedPerSecond").toFixed(0),
    ratio(count, "acceptedPerSecond"),
    middle(count, "tokensPerSecond").toFixed(0),
    ratio(count, "tokensPerSecond"),
    middle(count, "startP95").toFixed(1),
  ]);
  console.log(`\n${table(titles, rows)}`);
} finally {
  await stop(upstream);
  await postgres.stop();
}
