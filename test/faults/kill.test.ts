/**
 * `kill -9` at random points of streams, each followed by a restart on the same data. Nothing accepted is lost,
 * nothing is answered twice, nothing is left unfinished, and every client ends up with the text that is stored.
 */
import { afterEach, expect, inject, it, onTestFailed } from "vitest";
import { createDatabase } from "../support/postgres.ts";
import { type Crashable, startCrashable } from "./support/crashable.ts";
import { type Kill, killOnce, planKills } from "./support/kills.ts";
import { audit, countRuns, type Ledger, readPostgres, readSqlite } from "./support/ledger.ts";
import { type Load, type Pace, startLoad } from "./support/load.ts";
import { between, chooseCount, chooseSeed, type Random, seeded } from "./support/random.ts";
import { expectAccepted, expectSameAgain, replayKeys, waitForRuns } from "./support/settle.ts";
import { type PacedUpstream, startPacedUpstream } from "./support/upstream.ts";

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

interface Scenario {
  readonly name: string;
  readonly kills: number;
  readonly clients: number;
  readonly pace: Pace;
  /** How much longer than usual a process may live, so that it comes to take runs over. */
  readonly longestLifeMs: number;
  readonly env: Readonly<Record<string, string>>;
  readonly readLedger: (server: Crashable) => Ledger | Promise<Ledger>;
}

function median(numbers: readonly number[]): number {
  return Math.round(numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0);
}

/** How long after each start the first call for a run of an earlier process reached the model. */
function takeOverTimes(upstream: PacedUpstream, starts: readonly number[]): number[] {
  return [...upstream.calls.values()].flatMap((times) =>
    times.slice(1).map((time) => time - (starts.findLast((start) => start < time) ?? time)),
  );
}

interface Tally {
  readonly active: number[];
  readonly starts: number[];
}

async function killAll(
  kills: readonly Kill[],
  server: Crashable,
  load: Load,
  name: string,
): Promise<Tally> {
  const tally: Tally = { active: [], starts: [server.times().spawned] };
  for (const [index, kill] of kills.entries()) {
    tally.active.push(await killOnce(kill, server, load));
    tally.starts.push(server.times().spawned);
    if ((index + 1) % 20 === 0)
      console.log(`${name}: ${index + 1} kills, ${load.sent.length} runs`);
  }
  return tally;
}

/** Kills, waits for the ends, and returns what is wrong then. */
async function runScenario(scenario: Scenario, random: Random): Promise<string[]> {
  const upstream = await startPacedUpstream();
  cleanups.push(upstream.close);
  const server = await startCrashable({ upstream: upstream.baseUrl, env: scenario.env });
  cleanups.push(server.dispose);
  onTestFailed(() => console.error(server.output().slice(-20_000)));
  const kills = planKills(random, scenario.kills, scenario.longestLifeMs);
  const load = startLoad(server.url, random, scenario);

  const tally = await killAll(kills, server, load, scenario.name);
  await load.finish();
  await waitForRuns(server.url, 60_000);
  await expectAccepted(server.url, load.sent);
  await replayKeys(server.url, load.sent);
  await waitForRuns(server.url, 60_000);
  await expectSameAgain(server.url, load.sent, (events) => between(random, 1, events - 1));
  await server.stop();

  const ledger = await scenario.readLedger(server);
  const restarts = load.sent.flatMap(({ frames }) =>
    frames.filter(({ json }) => json.startsWith('{"type":"restart"')),
  );
  console.table({
    engine: scenario.name,
    kills: kills.length,
    "clients under way at a kill (median)": median(tally.active),
    runs: ledger.runs.length,
    "runs by end": JSON.stringify(countRuns(ledger, "status")),
    "runs by attempts": JSON.stringify(countRuns(ledger, "attempt")),
    "runs that were accepted unheard": load.sent.filter(({ unheard }) => unheard).length,
    "restarts seen by clients": restarts.length,
    "connections lost": load.sent.reduce((sum, { drops }) => sum + drops, 0),
    "process start to run taken up, ms (median)": median(takeOverTimes(upstream, tally.starts)),
  });
  const errors = server.output().match(/^.*"level":(50|60).*$/gm) ?? [];
  return [...audit(ledger, load.sent), ...errors];
}

it("survives kill -9 on SQLite", async () => {
  const random = seeded(chooseSeed("kill -9, SQLite"));
  const problems = await runScenario(
    {
      name: "sqlite",
      kills: chooseCount("FAULT_KILLS", 200),
      clients: 7,
      pace: { pieces: [3, 50], paceMs: [2, 15] },
      longestLifeMs: 0,
      env: {},
      readLedger: (server) => readSqlite(server.dataDir),
    },
    random,
  );
  expect(problems).toEqual([]);
});

it("survives kill -9 on PostgreSQL", async () => {
  const random = seeded(chooseSeed("kill -9, PostgreSQL"));
  const url = await createDatabase(inject("postgresUrl"));
  const problems = await runScenario(
    {
      name: "postgres",
      kills: chooseCount("FAULT_KILLS_POSTGRES", 40),
      clients: 7,
      pace: { pieces: [10, 60], paceMs: [5, 60] },
      // Longer than a lease, so that the dead process's runs come to be taken over.
      longestLifeMs: 8000,
      env: { DATABASE_URL: url },
      readLedger: () => readPostgres(url),
    },
    random,
  );
  expect(problems).toEqual([]);
});
