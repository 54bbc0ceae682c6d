import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Approval } from "../../src/contract/approvals.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import type { Fence } from "../../src/workflow/ports/stores/fence.ts";
import type { StoredRun } from "../../src/workflow/ports/stores/runs.ts";
import type { CallFacts, CallVerdict } from "../../src/workflow/ports/stores/tool-calls.ts";
import { noUsage } from "../../src/workflow/usage.ts";
import { ENGINES } from "../support/engines.ts";
import { completed, OWNER, startedRun, STRANGER } from "./records.ts";

const HOUR = 3_600_000;

const APPROVE: CallVerdict = {
  decision: "approve",
  reason: null,
  decidedBy: "key_1",
  changed: null,
};

function facts(call: number, changes: Partial<CallFacts> = {}): CallFacts {
  return {
    turn: 0,
    call,
    tool_call_id: `c${call}`,
    name: "create_ticket",
    arguments: { title: "'\0\ud800 🎈", deep: [1, { b: null }] },
    effect: "write",
    hash: `hash ${call}`,
    requestedAt: 1_700_000_000_000,
    ...changes,
  };
}

describe.each(ENGINES)("records of tool calls on $name", (engine) => {
  let store: Store;
  let dispose: () => Promise<void>;
  let run: StoredRun;
  let fence: Fence;
  beforeEach(async () => {
    ({ store, dispose } = await engine.openStore());
    await store.instances.register("i1", 60_000);
    run = await startedRun(store, { instance_id: "i1" });
    fence = { runId: run.id, attempt: 1, instanceId: "i1" };
  });
  afterEach(() => dispose());

  const ask = (calls: CallFacts[], expiresAt = Date.now() + HOUR) =>
    store.transaction((tx) => tx.toolCalls.ask(fence, calls, expiresAt));
  const begin = (call: CallFacts, approved: boolean, by = fence) =>
    store.transaction((tx) => tx.toolCalls.begin(by, call, approved));
  const decide = (id: string, verdict = APPROVE, owner = OWNER) =>
    store.transaction((tx) => tx.toolCalls.decide(owner, run.id, id, verdict));

  test("say what a person is asked, and come back as they went in", async () => {
    const expiresAt = Date.now() + HOUR;
    const odd = facts(1, { tool_call_id: "odd\0\ud800", effect: null });
    expect(await ask([odd, facts(0)], expiresAt)).toBe(true);
    const approvals = await store.toolCalls.approvals(OWNER, run.id);
    expect(approvals.map((each) => Approval.parse(each))).toEqual(approvals);
    expect(approvals).toMatchObject([
      {
        run_id: run.id,
        conversation_id: run.conversation_id,
        tool_call_id: "c0",
        name: "create_ticket",
        effect: "write",
        arguments: facts(0).arguments,
        arguments_hash: "hash 0",
        state: "waiting",
        requested_at: "2023-11-14T22:13:20.000Z",
        expires_at: new Date(expiresAt).toISOString(),
        decided_at: null,
      },
      { tool_call_id: "odd\uFFFD\uFFFD", effect: null },
    ]);
    expect(await store.toolCalls.approvals(STRANGER, run.id)).toEqual([]);
    // What was asked before is not asked anew.
    await decide("c0");
    expect(await ask([facts(0, { hash: "other" })])).toBe(true);
    expect((await store.toolCalls.read(run.id))[0]).toMatchObject({
      state: "decided",
      hash: "hash 0",
    });
  });

  test("take one decision, of their owner, before their time is over", async () => {
    await ask([facts(0)]);
    await ask([facts(1)], Date.now() - 1);
    expect(await decide("c0", APPROVE, STRANGER)).toBe(false);
    expect(await decide("c1")).toBe(false);
    expect(await decide("c2")).toBe(false);
    const changed = { arguments: { title: "Mended" }, hash: "hash of mended" };
    expect(await decide("c0", { ...APPROVE, reason: "So.", changed })).toBe(true);
    expect(await decide("c0", { ...APPROVE, decision: "deny" })).toBe(false);
    expect((await store.toolCalls.read(run.id))[0]).toEqual({
      turn: 0,
      call: 0,
      state: "decided",
      decision: "approve",
      reason: "So.",
      changedArguments: { title: "Mended" },
      hash: "hash of mended",
    });
    expect((await store.toolCalls.approvals(OWNER, run.id))[0]).toMatchObject({
      state: "approved",
      arguments: facts(0).arguments,
      changed_arguments: { title: "Mended" },
      decided_by: "key_1",
      decided_at: expect.any(String) as unknown,
    });
  });

  test("are begun once: those that nobody has to agree to", async () => {
    expect(await begin(facts(0), false)).toBe("begun");
    expect(await begin(facts(0), false)).toBe("refused");
    expect(await begin(facts(0), true)).toBe("refused");
    // Who has to be asked is not to be begun without.
    await ask([facts(1)]);
    expect(await begin(facts(1), false)).toBe("refused");
    expect(await store.toolCalls.approvals(OWNER, run.id)).toHaveLength(1);
  });

  test.each<[what: string, verdict: CallVerdict | null, hash: string, begun: string]>([
    ["what was approved", APPROVE, "hash 0", "begun"],
    ["not what has other arguments", APPROVE, "hash of others", "refused"],
    ["not what was denied", { ...APPROVE, decision: "deny" }, "hash 0", "refused"],
    ["not what is still asked", null, "hash 0", "refused"],
  ])("are begun once where a person has to agree: %s", async (_what, verdict, hash, begun) => {
    await ask([facts(0)]);
    if (verdict) await decide("c0", verdict);
    expect(await begin(facts(0, { hash }), true)).toBe(begun);
    expect(await begin(facts(0, { hash }), true)).toBe("refused");
  });

  test.each<[what: string, other: Partial<Fence>]>([
    ["another instance", { instanceId: "i2" }],
    ["another attempt", { attempt: 2 }],
    ["another run", { runId: "run_none" }],
  ])("are not written by %s", async (_what, other) => {
    const stale = { ...fence, ...other };
    expect(await begin(facts(0), false, stale)).toBe("lost");
    expect(await store.toolCalls.ask(stale, [facts(0)], Date.now() + HOUR)).toBe(false);
    expect(await store.toolCalls.read(run.id)).toEqual([]);
    expect(await store.runs.park(stale, noUsage())).toBe(false);
  });

  test("keep what was decided when they are answered, and stay when their run has ended", async () => {
    await ask([facts(0)]);
    await decide("c0");
    await begin(facts(0), true);
    await store.toolCalls.answer(run.id, facts(0, { hash: "later" }), {
      status: "ok",
      startedAt: 1,
      finishedAt: 2,
    });
    await store.toolCalls.answer(run.id, facts(1), {
      status: "limit",
      startedAt: null,
      finishedAt: 2,
    });
    await store.runs.finish(fence, completed());
    expect(await store.toolCalls.read(run.id)).toMatchObject([
      { call: 0, state: "answered", decision: "approve", hash: "hash 0" },
      { call: 1, state: "answered", decision: null, hash: "hash 1" },
    ]);
    expect(await store.conversations.delete(OWNER, run.conversation_id)).toBe(true);
    expect(await store.toolCalls.read(run.id)).toEqual([]);
  });

  test("of a turn that was replaced are kept, and are not those of the new one", async () => {
    await begin(facts(0), false);
    await store.toolCalls.replaceTurn(run.id, 0, 2);
    expect(await store.toolCalls.read(run.id)).toEqual([]);
    expect(await begin(facts(0), false)).toBe("begun");
    await store.toolCalls.replaceTurn(run.id, 0, 3);
    expect(await begin(facts(0), false)).toBe("begun");
  });

  test("expire when their time is over, and only then", async () => {
    await ask([facts(0)], Date.now() - 1);
    await ask([facts(1)]);
    const other = await startedRun(store, { instance_id: "i1" });
    await store.toolCalls.ask({ ...fence, runId: other.id }, [facts(0)], Date.now() + HOUR);
    expect(await store.toolCalls.overdue(10)).toEqual([{ runId: run.id, ownerId: OWNER }]);
    await store.toolCalls.expire(run.id);
    expect(await store.toolCalls.overdue(10)).toEqual([]);
    expect((await store.toolCalls.approvals(OWNER, run.id)).map(({ state }) => state)).toEqual([
      "expired",
      "waiting",
    ]);
    await store.toolCalls.withdraw(run.id);
    expect((await store.toolCalls.approvals(OWNER, run.id)).map(({ state }) => state)).toEqual([
      "expired",
      "withdrawn",
    ]);
  });

  test("forget their arguments some time after their run, and not before it has ended", async () => {
    await begin(facts(0), false);
    await ask([facts(1)]);
    const soon = Date.now() + 1000;
    expect(await store.toolCalls.prune(soon)).toBe(0);
    await store.runs.finish(fence, completed());
    expect(await store.toolCalls.prune(Date.now() - HOUR)).toBe(0);
    expect(await store.toolCalls.prune(soon)).toBe(2);
    expect(await store.toolCalls.prune(soon)).toBe(0);
    expect((await store.toolCalls.approvals(OWNER, run.id))[0]?.arguments).toBeNull();
  });

  describe("a run that waits for them", () => {
    const park = () =>
      store.transaction(async (tx) => {
        await tx.toolCalls.ask(fence, [facts(0), facts(1)], Date.now() + HOUR);
        return tx.runs.park(fence, { ...noUsage(), model_calls: 3 });
      });

    test("is held by nobody, and goes on as the next attempt when none is open", async () => {
      expect(await park()).toBe(true);
      expect(await store.runs.get(OWNER, run.id)).toMatchObject({
        status: "waiting",
        instance_id: null,
        attempt: 1,
        usage: { model_calls: 3 },
      });
      expect(await store.runs.orphans(10)).toEqual([]);
      expect(await store.turns.saveTurn(fence, 1, "", [], false)).toBe(false);
      await decide("c0");
      expect(await store.runs.resume(run.id, "decision")).toBe(false);
      await decide("c1");
      expect(await store.runs.resume(run.id, "decision")).toBe(true);
      expect(await store.runs.resume(run.id, "decision")).toBe(false);
      const [orphan] = await store.runs.orphans(10);
      expect(await store.runs.takeOver(orphan ?? run, "i1")).toMatchObject({
        status: "running",
        attempt: 2,
        crashes: 0,
        restart: "decision",
      });
    });

    test("goes on to end when it is asked to stop, before or after it began to wait", async () => {
      await park();
      expect(await store.runs.requestStop(OWNER, run.id, "cancel")).toBe(true);
      const stopped = { status: "running", restart: "stop", stop: "cancel", instance_id: null };
      expect(await store.runs.get(OWNER, run.id)).toMatchObject(stopped);

      const other = await startedRun(store, { instance_id: "i1" });
      await store.runs.requestStop(OWNER, other.id, "cancel");
      expect(await store.runs.park({ ...fence, runId: other.id }, noUsage())).toBe(true);
      expect(await store.runs.get(OWNER, other.id)).toMatchObject(stopped);
    });

    test("is not told to go on by two who decide at once and do not see each other", async () => {
      await park();
      const resumed = await Promise.all(
        ["c0", "c1"].map((id) =>
          store.transaction(async (tx) => {
            await tx.runs.lock(OWNER, run.id);
            await tx.toolCalls.decide(OWNER, run.id, id, APPROVE);
            return tx.runs.resume(run.id, "decision");
          }),
        ),
      );
      expect(resumed.filter(Boolean)).toHaveLength(1);
    });
  });
});
