/**
 * What one, two and three instances on one PostgreSQL take in and stream, and how soon an accepted run begins: where the
 * instance that accepts it has room, and where only another has. All share the machine's cores with the database, the
 * stub of a provider and the clients: on two cores this shows that instances do not stand in each other's way, not how far
 * they scale.
 */
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
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
/** Messages to an instance that has no room, so that another one runs them. */
const HANDED_OVER = 100;
/** Between two of them: a wait for a start is to be measured, not what piles up. */
const PAUSE_MS = 50;
/** Runs that an instance takes at a time, where it is not to be full. */
const ROOM = 2000;

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

/** Waits until all runs but `going` have ended, and returns how long the last `count` of all had waited for their start. */
async function startP95(databaseUrl: string, count: number, going = 0): Promise<number> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const left = "select 1 from runs where status in ('queued', 'running')";
    while ((await client.query(left)).rowCount !== going);
    const { rows } = await client.query<{ p95: number }>(
      `select percentile_cont(0.95) within group (order by started_at - created_at) as p95
       from (select * from runs order by id desc limit $1) as latest`,
      [count],
    );
    return Number(rows[0]?.p95);
  } finally {
    await client.end();
  }
}

interface Instance {
  readonly child: ChildProcess;
  readonly port: number;
}

/** Does the work with instances on a database of their own, each of which takes so many runs at a time. */
async function withInstances<Result>(
  setting: {
    readonly rooms: readonly number[];
    readonly postgresUrl: string;
    readonly upstream: number;
  },
  work: (ports: readonly number[], databaseUrl: string) => Promise<Result>,
): Promise<Result> {
  const databaseUrl = await createDatabase(setting.postgresUrl);
  const data = mkdtempSync(join(tmpdir(), "chatter-bench-"));
  const entry = join(import.meta.dirname, "..", "dist", "server", "chatter.js");
  const begin = async (room: number): Promise<Instance> => {
    const port = await freePort();
    const env = {
      CHATTER_PORT: String(port),
      CHATTER_DATA_DIR: data,
      CHATTER_MODEL: "stub",
      CHATTER_RATE_LIMIT: "off",
      CHATTER_LOG_LEVEL: "warn",
      CHATTER_MAX_CONCURRENT_RUNS: String(room),
      DATABASE_URL: databaseUrl,
      OPENAI_API_KEY: "x",
      OPENAI_BASE_URL: `http://127.0.0.1:${setting.upstream}/v1`,
    };
    const options = { name: "chatter", args: [entry, "serve"], core: null, cwd: data, env };
    const child = start({ ...options, quiet: true });
    await readiness(child, port);
    return { child, port };
  };
  const instances = await Promise.all(setting.rooms.map(begin));
  try {
    return await work(
      instances.map(({ port }) => port),
      databaseUrl,
    );
  } finally {
    await Promise.all(instances.map(({ child }) => stop(child)));
    rmSync(data, { recursive: true, force: true });
  }
}

function measure(count: number, postgresUrl: string, upstream: number): Promise<Figures> {
  const rooms = Array.from({ length: count }, () => ROOM);
  return withInstances({ rooms, postgresUrl, upstream }, async (ports, databaseUrl) => {
    // The first ones compile, plan and connect.
    await stream(ports);
    const acceptedPerSecond = await accept(ports);
    const p95 = await startP95(databaseUrl, Math.ceil(acceptedPerSecond * (SEND_MS / 1000)));
    return { acceptedPerSecond, tokensPerSecond: await stream(ports), startP95: p95 };
  });
}

/** How long runs wait for their start that one instance has accepted, and only another has room for. */
function measureHandOver(postgresUrl: string, upstream: number): Promise<number> {
  const setting = { rooms: [1, ROOM], postgresUrl, upstream };
  return withInstances(setting, async ([full = 0, roomy = 0], databaseUrl) => {
    await stream([roomy]);
    const send = async (message: string): Promise<void> => {
      const response = await post([full], 0, { message, background: true });
      await response.arrayBuffer();
      if (response.status !== 202) throw new Error(`a message was answered ${response.status}`);
    };
    await send("stub-n5000-p20");
    for (let sent = 0; sent < HANDED_OVER; sent++) {
      await sleep(PAUSE_MS);
      await send("stub-n1-p0");
    }
    return startP95(databaseUrl, HANDED_OVER, 1);
  });
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
  const handedOver: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    handedOver.push(await measureHandOver(postgres.url, port));
  }
  const p95 = median(handedOver).toFixed(1);
  console.log(`\naccepted by an instance without room, to its start on another: p95 ${p95} ms`);
} finally {
  await stop(upstream);
  await postgres.stop();
}
