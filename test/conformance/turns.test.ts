import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AnsweredToolCall, ToolCall } from "../../src/contract/messages.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import type { Fence } from "../../src/workflow/ports/stores/fence.ts";
import type { StoredRun } from "../../src/workflow/ports/stores/runs.ts";
import type { RecordedSearch } from "../../src/workflow/ports/stores/turns.ts";
import { ENGINES } from "../support/engines.ts";
import { completed, OWNER, startedRun } from "./records.ts";

const CALLS: ToolCall[] = [
  { tool_call_id: "a", name: "calculate", arguments: { deep: [1, { b: null }], text: "'\n🎈" } },
  { tool_call_id: "b", name: "search_kb", arguments: {} },
];

function answered(index: number, content = "42\0\ud800"): AnsweredToolCall {
  const call = CALLS[index] ?? { tool_call_id: "", name: "", arguments: {} };
  return { ...call, status: "ok", content, duration_ms: 7 };
}

const SEARCH: RecordedSearch = {
  query: "Why?",
  text: "<passages>\n</passages>",
  sources: {
    type: "sources",
    citations: [],
    mode: "hybrid",
    degraded: false,
    threshold_applied: null,
  },
};

describe.each(ENGINES)("tool turns on $name", (engine) => {
  let store: Store;
  let dispose: () => Promise<void>;
  let run: StoredRun;
  let fence: Fence;
  beforeEach(async () => {
    ({ store, dispose } = await engine.openStore());
    await store.instances.register("i1", 60_000);
    await store.instances.register("i2", 60_000);
    run = await startedRun(store, { instance_id: "i1" });
    fence = { runId: run.id, attempt: 1, instanceId: "i1" };
  });
  afterEach(() => dispose());

  test("come back as they went in, in their order, with the answers that came so far", async () => {
    expect(await store.turns.read(run.id)).toEqual([]);
    expect(await store.turns.saveTurn(fence, 1000, "", [], false)).toBe(true);
    expect(await store.turns.saveTurn(fence, 0, "Let me see 🎈", CALLS, false)).toBe(true);
    expect(await store.turns.saveTurn(fence, 2, "", CALLS, false)).toBe(true);
    expect(await store.turns.saveResult(fence, 0, 1, answered(1))).toBe(true);
    expect(await store.turns.saveResult(fence, 0, 0, answered(0))).toBe(true);
    expect(await store.turns.saveResult(fence, 2, 1, answered(1, ""))).toBe(true);
    expect(await store.turns.read(run.id)).toEqual([
      {
        turn: 0,
        content: "Let me see 🎈",
        calls: CALLS,
        untrusted: false,
        answers: new Map([
          [0, answered(0)],
          [1, answered(1)],
        ]),
        searches: [],
      },
      {
        turn: 2,
        content: "",
        calls: CALLS,
        untrusted: false,
        answers: new Map([[1, answered(1, "")]]),
        searches: [],
      },
      { turn: 1000, content: "", calls: [], untrusted: false, answers: new Map(), searches: [] },
    ]);
  });

  test("have what was looked up before them, also when another turn takes their place", async () => {
    const searches = [SEARCH, { ...SEARCH, query: "And why? 🎈" }];
    await store.turns.saveTurn(fence, 0, "", CALLS, false, searches);
    await store.turns.saveTurn(fence, 1, "", CALLS, false);
    const found = async () => (await store.turns.read(run.id)).map((turn) => turn.searches);
    expect(await found()).toEqual([searches, []]);
    await store.turns.saveTurn(fence, 0, "other", [], false);
    expect(await found()).toEqual([searches, []]);
    await store.turns.saveTurn(fence, 0, "other", [], false, [SEARCH]);
    expect(await found()).toEqual([[SEARCH], []]);
  });

  test("that are saved again are the last ones: a result stays the last, a turn loses its results", async () => {
    await store.turns.saveTurn(fence, 0, "", CALLS, false);
    await store.turns.saveTurn(fence, 1, "", CALLS, false);
    for (const content of ["first", "second"]) {
      await store.turns.saveResult(fence, 0, 0, answered(0, content));
      await store.turns.saveResult(fence, 1, 0, answered(0, content));
    }
    expect((await store.turns.read(run.id))[0]?.answers.get(0)?.content).toBe("second");
    await store.turns.saveTurn(fence, 0, "other", CALLS.slice(1), false);
    const [first, second] = await store.turns.read(run.id);
    expect(first).toEqual({
      turn: 0,
      content: "other",
      calls: CALLS.slice(1),
      untrusted: false,
      answers: new Map(),
      searches: [],
    });
    expect(second?.answers.size).toBe(1);
  });

  test.each<[what: string, other: Partial<Fence>]>([
    ["another instance", { instanceId: "i2" }],
    ["another attempt", { attempt: 2 }],
    ["another run", { runId: "run_none" }],
  ])("are not written by %s", async (_what, other) => {
    await store.turns.saveTurn(fence, 0, "mine", CALLS, false);
    await store.turns.saveResult(fence, 0, 0, answered(0));
    const stale = { ...fence, ...other };
    expect(await store.turns.saveTurn(stale, 0, "stale", [], false)).toBe(false);
    expect(await store.turns.saveTurn(stale, 1, "stale", [], false)).toBe(false);
    expect(await store.turns.saveResult(stale, 0, 0, answered(0, "stale"))).toBe(false);
    expect(await store.turns.saveResult(stale, 0, 1, answered(1, "stale"))).toBe(false);
    expect(await store.turns.read(run.id)).toEqual([
      {
        turn: 0,
        content: "mine",
        calls: CALLS,
        untrusted: false,
        answers: new Map([[0, answered(0)]]),
        searches: [],
      },
    ]);
  });

  test("are handed to the attempt that takes the run over, and closed to the one before", async () => {
    await store.turns.saveTurn(fence, 0, "", CALLS, false);
    await store.turns.saveResult(fence, 0, 0, answered(0));
    await store.instances.leave("i1");
    const [orphan] = await store.runs.orphans(10);
    await store.runs.takeOver(orphan ?? run, "i2");
    expect(await store.turns.saveResult(fence, 0, 1, answered(1))).toBe(false);
    const next = { runId: run.id, attempt: 2, instanceId: "i2" };
    expect(await store.turns.saveResult(next, 0, 1, answered(1))).toBe(true);
    expect((await store.turns.read(run.id))[0]?.answers.size).toBe(2);
  });

  test("are not written when the run has ended, or was given back", async () => {
    const other = await startedRun(store, { instance_id: "i1" });
    const released = { ...fence, runId: other.id };
    await store.runs.release(released);
    await store.runs.finish(fence, completed());
    for (const stale of [fence, released]) {
      expect(await store.turns.saveTurn(stale, 0, "", CALLS, false)).toBe(false);
      expect(await store.turns.saveResult(stale, 0, 0, answered(0))).toBe(false);
    }
  });

  test("that are being written hold back whoever would take the run over", async () => {
    await store.turns.saveTurn(fence, 0, "", CALLS, false);
    let written = false;
    const saving = store.transaction(async (tx) => {
      expect(await tx.turns.saveResult(fence, 0, 0, answered(0))).toBe(true);
      await sleep(100);
      written = true;
    });
    await sleep(20);
    const taken = store.transaction(async (tx) => {
      const taken = await tx.runs.takeOver(run, "i2");
      expect(written).toBe(true);
      return taken;
    });
    await saving;
    expect(await taken).toMatchObject({ attempt: 2, instance_id: "i2" });
    // So the new attempt sees all that the old one was told is written.
    expect((await store.turns.read(run.id))[0]?.answers.size).toBe(1);
  });

  test("are forgotten, and only those of the run", async () => {
    const other = await startedRun(store, { instance_id: "i1" });
    for (const each of [fence, { ...fence, runId: other.id }]) {
      await store.turns.saveTurn(each, 0, "", CALLS, false);
      await store.turns.saveResult(each, 0, 0, answered(0));
    }
    await store.turns.clear(run.id);
    expect(await store.turns.read(run.id)).toEqual([]);
    expect(await store.turns.read(other.id)).toHaveLength(1);
    // Nothing is left that a new turn of the same number would find.
    await store.turns.saveTurn(fence, 0, "", CALLS, false);
    expect((await store.turns.read(run.id))[0]?.answers.size).toBe(0);
  });

  test("go with their conversation", async () => {
    await store.turns.saveTurn(fence, 0, "", CALLS, false);
    await store.turns.saveResult(fence, 0, 0, answered(0));
    expect(await store.conversations.delete(OWNER, run.conversation_id)).toBe(true);
    expect(await store.turns.read(run.id)).toEqual([]);
  });
});
