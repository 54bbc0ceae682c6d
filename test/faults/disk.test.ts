/** The store fails for a while under live runs: nothing acknowledged is lost, and all goes on by itself. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, it, onTestFailed } from "vitest";
import { createDatabase } from "../support/postgres.ts";
import { type Crashable, startCrashable } from "./support/crashable.ts";
import { audit, countRuns, readPostgres, readSqlite } from "./support/ledger.ts";
import { type Load, startLoad } from "./support/load.ts";
import { between, chooseCount, chooseSeed, seeded } from "./support/random.ts";
import { startRestartablePostgres } from "./support/restartable-postgres.ts";
import { expectAccepted, expectSameAgain, replayKeys, waitForRuns } from "./support/settle.ts";
import { startPacedUpstream } from "./support/upstream.ts";

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function statusOf(url: string, path: string): Promise<number> {
  const response = await fetch(url + path, { signal: AbortSignal.timeout(20_000) });
  await response.text();
  return response.status;
}

/** How long it takes until the server says that it is ready. */
async function timeToReady(url: string): Promise<number> {
  const since = performance.now();
  while ((await statusOf(url, "/readyz")) !== 200) await sleep(50);
  return Math.round(performance.now() - since);
}

async function settle(server: Crashable, load: Load): Promise<void> {
  await load.finish();
  await waitForRuns(server.url, 60_000);
  await expectAccepted(server.url, load.sent);
  await replayKeys(server.url, load.sent);
  await waitForRuns(server.url, 60_000);
  await expectSameAgain(server.url, load.sent, () => 1);
}

it("rides out a database that goes away, PostgreSQL", async () => {
  const random = seeded(chooseSeed("the database goes away, PostgreSQL"));
  const outages = chooseCount("FAULT_OUTAGES", 3);
  const upstream = await startPacedUpstream();
  cleanups.push(upstream.close);
  const postgres = await startRestartablePostgres();
  cleanups.push(postgres.dispose);
  const databaseUrl = await createDatabase(postgres.url);
  const server = await startCrashable({
    upstream: upstream.baseUrl,
    env: { DATABASE_URL: databaseUrl },
  });
  cleanups.push(server.dispose);
  onTestFailed(() => console.error(server.output().slice(-20_000)));
  const load = startLoad(server.url, random, {
    name: "outage",
    clients: 8,
    pace: { pieces: [2, 100], paceMs: [1, 60] },
  });

  const rows = [];
  for (let outage = 1; outage <= outages; outage++) {
    await sleep(between(random, 1000, 3000));
    const downMs = between(random, 1000, 5000);
    const since = performance.now();
    // So that it also falls between a commit and its answer.
    load.burst();
    await sleep(between(random, 0, 30));
    await postgres.crash();
    expect(await statusOf(server.url(), "/readyz")).toBe(503);
    expect(await statusOf(server.url(), "/healthz")).toBe(200);
    await sleep(Math.max(0, downMs - (performance.now() - since)));
    await postgres.start();
    const readyMs = await timeToReady(server.url());
    rows.push({ outage, downMs: Math.round(performance.now() - since), readyMs });
    expect(readyMs).toBeLessThan(5000);
    expect(server.exited()).toBe(false);
  }
  await settle(server, load);
  await server.stop();
  const ledger = await readPostgres(databaseUrl);
  console.table(rows);
  console.table({ status: countRuns(ledger, "status"), attempts: countRuns(ledger, "attempt") });
  expect(audit(ledger, load.sent)).toEqual([]);
});

it("rides out a lock that somebody else holds, SQLite", async () => {
  const random = seeded(chooseSeed("a held lock, SQLite"));
  const upstream = await startPacedUpstream();
  cleanups.push(upstream.close);
  const server = await startCrashable({ upstream: upstream.baseUrl });
  cleanups.push(server.dispose);
  onTestFailed(() => console.error(server.output().slice(-20_000)));
  const load = startLoad(server.url, random, {
    name: "lock",
    clients: 6,
    pace: { pieces: [20, 100], paceMs: [1, 40] },
  });
  const other = new DatabaseSync(join(server.dataDir, "chatter.db"), { timeout: 5000 });
  const rows = [];
  for (const heldMs of [1500, 7000, 12_000]) {
    await sleep(1500);
    other.exec("begin immediate");
    const before = load.sent.length;
    let longestMs = 0;
    for (const since = performance.now(); performance.now() - since < heldMs;) {
      const asked = performance.now();
      expect(await statusOf(server.url(), "/healthz")).toBe(200);
      longestMs = Math.max(longestMs, Math.round(performance.now() - asked));
      await sleep(100);
    }
    other.exec("rollback");
    // Whoever only reads, or does not need the store, notices nothing.
    expect(longestMs).toBeLessThan(1500);
    rows.push({ heldMs, longestAnswerMs: longestMs, begunMeanwhile: load.sent.length - before });
  }
  other.close();
  await settle(server, load);
  await server.stop();
  const ledger = readSqlite(server.dataDir);
  console.table(rows);
  console.table({ status: countRuns(ledger, "status"), attempts: countRuns(ledger, "attempt") });
  expect(audit(ledger, load.sent)).toEqual([]);
});
