/** The records of tool calls by hand, in a database that an earlier version has left. */
import type { Selectable } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ManualCallTable } from "../../src/storage/tables/tools.ts";
import type { ManualCall } from "../../src/workflow/ports/stores/manual-calls.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import { ENGINES } from "../support/engines.ts";
import { type OldDatabase, openOldDatabase } from "../support/old-database.ts";
import { OWNER, STRANGER } from "./records.ts";

function manual(id: string): ManualCall {
  return {
    tool_call_id: id,
    name: "create_ticket",
    arguments: { title: "'\0\ud800 🎈", deep: [1, { b: null }] },
    effect: "write",
    hash: `hash ${id}`,
  };
}

describe.each(ENGINES)("records of tool calls by hand on $name", (engine) => {
  let database: OldDatabase;
  let store: Store;
  beforeEach(async () => {
    database = await openOldDatabase(engine.name);
    store = await database.open();
  });
  afterEach(() => database.dispose());

  /** Closes the store, which may have the database for itself, and reads what it has written. */
  async function written(): Promise<Selectable<ManualCallTable>[]> {
    await store.close();
    return database.direct((db) =>
      db.selectFrom("manual_tool_calls").selectAll().orderBy("tool_call_id").execute(),
    );
  }

  test("say who calls which tool with what, and later how it ended", async () => {
    const since = Date.now();
    await store.manualCalls.begin(OWNER, manual("call_1"));
    await store.manualCalls.begin(OWNER, manual("call_2"));
    await store.manualCalls.finish(OWNER, "call_2", "timeout");
    const [open, ended] = await written();
    expect(open).toMatchObject({
      owner_id: OWNER,
      name: "create_ticket",
      effect: "write",
      status: null,
      arguments_hash: "hash call_1",
      finished_at: null,
    });
    expect(JSON.parse(open?.arguments ?? "")).toEqual(manual("").arguments);
    expect(Number(open?.started_at)).toBeGreaterThanOrEqual(since);
    expect(ended?.status).toBe("timeout");
    expect(Number(ended?.finished_at)).toBeGreaterThanOrEqual(Number(ended?.started_at));
  });

  test("are ended by nobody but their owner", async () => {
    await store.manualCalls.begin(OWNER, manual("call_1"));
    await store.manualCalls.finish(STRANGER, "call_1", "ok");
    expect(await written()).toMatchObject([{ status: null, finished_at: null }]);
  });

  test("forget their arguments after a while, and nothing else", async () => {
    await store.manualCalls.begin(OWNER, manual("call_1"));
    await store.manualCalls.finish(OWNER, "call_1", "ok");
    await store.manualCalls.begin(STRANGER, manual("call_2"));
    expect(await store.manualCalls.prune(Date.now() - 60_000)).toBe(0);
    expect(await store.manualCalls.prune(Date.now() + 60_000)).toBe(2);
    expect(await store.manualCalls.prune(Date.now() + 60_000)).toBe(0);
    expect(await written()).toMatchObject([
      { owner_id: OWNER, arguments: null, arguments_hash: "hash call_1", status: "ok" },
      { owner_id: STRANGER, arguments: null, arguments_hash: "hash call_2", status: null },
    ]);
  });
});
