/**
 * Three servers on one PostgreSQL under load, while they are killed, frozen and restarted, and while the database goes
 * away or the way to it breaks. Clients connect to another server each time, so every resumption is a resumption elsewhere.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, inject, it, onTestFailed } from "vitest";
import { createDatabase } from "../support/postgres.ts";
import { type Fleet, startFleet } from "./support/fleet.ts";
import { audit, countRuns, readPostgres } from "./support/ledger.ts";
import { type Load, startLoad } from "./support/load.ts";
import { between, chooseCount, chooseSeed, pick, type Random, seeded } from "./support/random.ts";
import { startRestartablePostgres } from "./support/restartable-postgres.ts";
import { expectAccepted, expectSameAgain, replayKeys, waitForRuns } from "./support/settle.ts";
import { startTcpProxy } from "./support/tcp-proxy.ts";
import { type PacedUpstream, startPacedUpstream } from "./support/upstream.ts";

const MEMBERS = 3;

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

interface Scene {
  readonly fleet: Fleet;
  readonly load: Load;
  readonly upstream: PacedUpstream;
  readonly databaseUrl: string;
}

/** `through`: where the servers find the database, if not where it is. */
async function open(
  name: string,
  random: Random,
  databaseUrl: string,
  through: string = databaseUrl,
): Promise<Scene> {
  const upstream = await startPacedUpstream();
  cleanups.push(upstream.close);
  const fleet = await startFleet(random, {
    members: MEMBERS,
    upstream: upstream.baseUrl,
    databaseUrl: through,
  });
  cleanups.push(fleet.stop);
  onTestFailed(() => console.error(fleet.output().slice(-20_000)));
  const load = startLoad(fleet.url, random, {
    name,
    clients: 8,
    pace: { pieces: [10, 60], paceMs: [5, 60] },
  });
  return { fleet, load, upstream, databaseUrl };
}

function median(numbers: readonly number[]): number {
  return Math.round(numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0);
}

/** From when a run's server fell silent until another one had called the model for it, in milliseconds. */
function takeOverTimes({ calls, breaks }: PacedUpstream): number[] {
  return [...breaks].flatMap(([tag, broken]) =>
    broken.flatMap((time) => {
      const next = calls.get(tag)?.find((call) => call > time);
      return next === undefined ? [] : [next - time];
    }),
  );
}

/** Lets all come to its end, and returns what is wrong then. */
async function settle(name: string, scene: Scene, random: Random): Promise<string[]> {
  const { fleet, load, databaseUrl } = scene;
  await load.finish();
  await waitForRuns(fleet.url, 120_000);
  await expectAccepted(fleet.url, load.sent);
  await replayKeys(fleet.url, load.sent);
  await waitForRuns(fleet.url, 60_000);
  await expectSameAgain(fleet.url, load.sent, (events) => between(random, 1, events - 1));
  const crashed = fleet.members.filter((member) => member.exited()).length;
  const ledger = await readPostgres(databaseUrl);
  const times = takeOverTimes(scene.upstream);
  console.table({
    scene: name,
    runs: ledger.runs.length,
    "runs by end": JSON.stringify(countRuns(ledger, "status")),
    "runs by attempts": JSON.stringify(countRuns(ledger, "attempt")),
    "connections lost": load.sent.reduce((sum, { drops }) => sum + drops, 0),
    "silence to take-over, ms (median)": median(times),
    "taken over": times.length,
  });
  const problems = audit(ledger, load.sent);
  return crashed > 0 ? [...problems, `${crashed} processes ended by themselves`] : problems;
}

it("survives kill -9 of one server after another", async () => {
  const name = "fleet-kill";
  const random = seeded(chooseSeed(name));
  const scene = await open(name, random, await createDatabase(inject("postgresUrl")));
  const kills = chooseCount("FAULT_FLEET_KILLS", 500);
  for (let index = 1; index <= kills; index++) {
    await sleep(between(random, 0, 900));
    if (random() < 0.2) scene.load.burst();
    await pick(random, scene.fleet.members).kill();
    if (index % 50 === 0) console.log(`${name}: ${index} kills, ${scene.load.sent.length} runs`);
  }
  expect(await settle(name, scene, random)).toEqual([]);
  expect(median(takeOverTimes(scene.upstream))).toBeLessThanOrEqual(5000);
});

it("takes no stale write from one that was frozen beyond its lease", async () => {
  const name = "fleet-freeze";
  const random = seeded(chooseSeed(name));
  const scene = await open(name, random, await createDatabase(inject("postgresUrl")));
  const freezes = chooseCount("FAULT_FLEET_FREEZES", 100);
  for (let index = 1; index <= freezes; index++) {
    await sleep(between(random, 100, 800));
    await pick(random, scene.fleet.members).freeze(between(random, 5500, 9000));
    if (index % 20 === 0) console.log(`${name}: ${index} freezes, ${scene.load.sent.length} runs`);
  }
  expect(await settle(name, scene, random)).toEqual([]);
});

it("loses nothing while all are restarted, one after the other", async () => {
  const name = "fleet-roll";
  const random = seeded(chooseSeed(name));
  const scene = await open(name, random, await createDatabase(inject("postgresUrl")));
  const rounds = chooseCount("FAULT_FLEET_ROLLS", 50);
  for (let index = 1; index <= rounds; index++) {
    for (const member of scene.fleet.members) await member.restart();
    if (index % 10 === 0) console.log(`${name}: ${index} rounds, ${scene.load.sent.length} runs`);
  }
  expect(await settle(name, scene, random)).toEqual([]);
  const { runs } = await readPostgres(scene.databaseUrl);
  expect(runs.filter(({ status }) => status !== "completed")).toEqual([]);
});

it("rides out immediate stops of PostgreSQL", async () => {
  const name = "fleet-outage";
  const random = seeded(chooseSeed(name));
  const postgres = await startRestartablePostgres();
  cleanups.push(postgres.dispose);
  const scene = await open(name, random, await createDatabase(postgres.url));
  const outages = chooseCount("FAULT_FLEET_OUTAGES", 30);
  const longestMs = chooseCount("FAULT_FLEET_OUTAGE_MS", 20_000);
  const rows = [];
  for (let index = 1; index <= outages; index++) {
    await sleep(between(random, 1000, 3000));
    scene.load.burst();
    await sleep(between(random, 0, 30));
    await postgres.crash();
    const downMs = between(random, 1000, longestMs);
    await sleep(downMs);
    await postgres.start();
    const readyMs = await timeToReady(scene.fleet.url);
    rows.push({ index, downMs, readyMs });
    expect(readyMs).toBeLessThan(5000);
    expect(scene.fleet.members.some((member) => member.exited())).toBe(false);
  }
  console.table(rows);
  expect(await settle(name, scene, random)).toEqual([]);
});

it("rides out connections to the database that break or hang", async () => {
  const name = "fleet-network";
  const random = seeded(chooseSeed(name));
  const databaseUrl = await createDatabase(inject("postgresUrl"));
  const proxy = await startTcpProxy(Number(new URL(databaseUrl).port));
  cleanups.push(proxy.close);
  const through = new URL(databaseUrl);
  through.host = `127.0.0.1:${proxy.port}`;
  const scene = await open(name, random, databaseUrl, through.href);
  const faults = chooseCount("FAULT_FLEET_CUTS", 60);
  for (let index = 1; index <= faults; index++) {
    await sleep(between(random, 50, 1500));
    if (random() < 0.7) {
      const share = random();
      proxy.cut(() => random() < share);
      continue;
    }
    proxy.stall();
    await sleep(between(random, 100, 4000));
    proxy.flow();
  }
  expect(await settle(name, scene, random)).toEqual([]);
});

/** How long it takes until a server says that it is ready. */
async function timeToReady(url: () => string): Promise<number> {
  const since = performance.now();
  for (;;) {
    const response = await fetch(`${url()}/readyz`, { signal: AbortSignal.timeout(20_000) });
    await response.text();
    if (response.status === 200) return Math.round(performance.now() - since);
    await sleep(50);
  }
}
