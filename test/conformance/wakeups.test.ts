/** Wake-ups between processes that share a PostgreSQL: each hears all others, also after the connection was lost. */
import { Client, Pool } from "pg";
import { expect, inject, it, onTestFinished } from "vitest";
import { PostgresWakeups, toPayloads } from "../../src/storage/postgres/wakeups.ts";
import type { Wakeup } from "../../src/workflow/ports/wakeups.ts";
import { eventually } from "../support/api.ts";
import { createDatabase } from "../support/postgres.ts";

interface Member {
  readonly wakeups: PostgresWakeups;
  readonly heard: Wakeup[];
  readonly gaps: () => number;
  readonly errors: Error[];
}

async function join(connectionString: string): Promise<Member> {
  const pool = new Pool({ connectionString, max: 1 });
  pool.on("error", () => {});
  const errors: Error[] = [];
  const wakeups = new PostgresWakeups({
    connection: { connectionString, application_name: "hears others" },
    notify: (channel, payload) => pool.query("select pg_notify($1, $2)", [channel, payload]),
    onError: (error) => errors.push(error),
  });
  const heard: Wakeup[] = [];
  let gaps = 0;
  wakeups.listen(
    (wakeup) => heard.push(wakeup),
    () => void gaps++,
  );
  onTestFinished(async () => {
    await wakeups.close();
    await pool.end();
  });
  await eventually("the connection", async () => wakeups.connected);
  return { wakeups, heard, gaps: () => gaps, errors };
}

const STOP: Wakeup = { what: "stop", runId: "run_1" };
const NEWS: Wakeup = { what: "news", runId: "run_2" };

it("tells all others, once each, and not itself", async () => {
  const url = await createDatabase(inject("postgresUrl"));
  const [one, two, three] = await Promise.all([join(url), join(url), join(url)]);
  for (const wakeup of [{ what: "work" } as const, STOP, NEWS, STOP]) one.wakeups.send(wakeup);
  const all = [{ what: "work" }, STOP, NEWS];
  await eventually("the others", async () => two.heard.length + three.heard.length >= 6);
  expect([two.heard, three.heard, one.heard]).toEqual([all, all, []]);
});

it("comes back after its connection was lost, and says that there was a gap", async () => {
  const url = await createDatabase(inject("postgresUrl"));
  const [one, two] = await Promise.all([join(url), join(url)]);
  expect(two.gaps()).toBe(1);
  const killer = new Client({ connectionString: url });
  await killer.connect();
  await killer.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'hears others' and datname = current_database()",
  );
  await killer.end();
  await eventually("both to be back", async () => one.gaps() === 2 && two.gaps() === 2);
  expect(two.errors.length).toBeGreaterThan(0);
  one.wakeups.send(NEWS);
  await eventually("the other", async () => two.heard.length > 0);
  expect(two.heard).toEqual([NEWS]);
});

it("sends what is left when it closes, and never throws without a database", async () => {
  const url = await createDatabase(inject("postgresUrl"));
  const [one, two] = await Promise.all([join(url), join(url)]);
  one.wakeups.send(STOP);
  await one.wakeups.close();
  await eventually("the other", async () => two.heard.length > 0);
  expect(two.heard).toEqual([STOP]);
  const alone = new PostgresWakeups({
    connection: {},
    notify: () => Promise.reject(new Error("away")),
    onError: () => {},
  });
  alone.send(STOP);
  await alone.close();
});

it("heeds nothing that it does not know", async () => {
  const url = await createDatabase(inject("postgresUrl"));
  const [one, two] = await Promise.all([join(url), join(url)]);
  const client = new Client({ connectionString: url });
  await client.connect();
  for (const payload of ["", "somebody", "somebody\nfly run_1\nstop\nstop run_1"]) {
    await client.query("select pg_notify('chatter', $1)", [payload]);
  }
  await client.end();
  await eventually("what is known", async () => one.heard.length + two.heard.length >= 2);
  expect([one.heard, two.heard]).toEqual([[STOP], [STOP]]);
});

it("makes payloads that PostgreSQL takes", () => {
  const lines = Array.from(
    { length: 600 },
    (_, index) => `news run_${String(index).padStart(26, "0")}`,
  );
  const payloads = toPayloads("sender", lines);
  expect(payloads.length).toBeGreaterThan(1);
  for (const payload of payloads) expect(Buffer.byteLength(payload)).toBeLessThan(8000);
  expect(payloads.flatMap((payload) => payload.split("\n").slice(1))).toEqual(lines);
  expect(toPayloads("sender", [])).toEqual([]);
});
