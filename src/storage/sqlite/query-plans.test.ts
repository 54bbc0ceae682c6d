/** What SQLite does for the statements of a life: none reads through a table that grows with every message. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { createScriptedProvider, textAnswer } from "../../providers/scripted.ts";
import { composeTestEngine } from "../../runs/testing/engine.ts";
import { openSqliteStore } from "./open.ts";

const USER = "ann";

/** Under the names, too, that statements give them. */
const GROWING = new Set(
  "conversations c messages m first before runs ahead other run_events e message_summaries".split(
    " ",
  ),
);

const directory = mkdtempSync(join(tmpdir(), "chatter-plans-"));
const statements = new Set<string>();

beforeAll(async () => {
  const prepare = vi.spyOn(DatabaseSync.prototype, "prepare");
  const store = await openSqliteStore(directory, { exclusive: true });
  prepare.mock.calls.length = 0;
  const provider = createScriptedProvider(() => textAnswer("Good day."));
  const engine = composeTestEngine(store, { provider, tools: [] });
  await engine.start();
  const { conversation_id, run_id } = await engine.service.chat(USER, { message: "Hello." });
  await engine.service.chat(USER, { message: "Again.", conversation_id, enable_memory: true });
  await store.runs.claimable(10);
  await store.runs.orphans(10);
  await store.runs.strays("somebody", ["run_1"], 10);
  await store.runs.underWay(USER, conversation_id);
  await store.runs.list(USER, { limit: 10 });
  await store.runs.requestStop(USER, run_id, "cancel");
  await store.runs.stopRequests([run_id]);
  await store.conversations.list(USER, { limit: 10 });
  await store.messages.newest(USER, conversation_id);
  await store.messages.siblings(USER, conversation_id, [null]);
  await store.events.read(run_id, 1, 0, 10);
  await store.events.prune(Date.now());
  await engine.stop();
  for (const [sql] of prepare.mock.calls) statements.add(sql);
  prepare.mockRestore();
  await store.close();
});

afterAll(() => rmSync(directory, { recursive: true }));

/** How SQLite carries out the statements that were prepared: the steps of each, with its text. */
function steps(): string[] {
  const db = new DatabaseSync(join(directory, "chatter.db"));
  const all = [...statements]
    .filter((sql) => /^(select|with|update|delete|insert)/i.test(sql))
    .flatMap((sql) =>
      db
        .prepare(`explain query plan ${sql}`)
        .all()
        .map(({ detail }) => `${String(detail)}: ${sql}`),
    );
  db.close();
  return all;
}

it("finds what it is asked for through an index", () => {
  expect(statements.size).toBeGreaterThan(20);
  const scans = steps().filter((step) => GROWING.has(/^SCAN (\w+)/.exec(step)?.[1] ?? ""));
  expect(scans).toEqual([]);
});

it("looks through no runs of a conversation but those under way", () => {
  const searches = steps().filter((step) =>
    /^SEARCH (runs|ahead|other) [^:]*conversation_id/.test(step),
  );
  expect(searches.length).toBeGreaterThan(2);
  for (const step of searches)
    expect(step).toMatch(/runs_of_conversation_under_way|runs_one_at_a_time/);
});
