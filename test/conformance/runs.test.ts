import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { toProblem } from "../../src/http/problem.ts";
import { WorkflowExecutionError } from "../../src/workflow/errors.ts";
import { newId } from "../../src/workflow/ids.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import type { FencedBatch } from "../../src/workflow/ports/stores/events.ts";
import type { StoredRun } from "../../src/workflow/ports/stores/runs.ts";
import { ENGINES } from "../support/engines.ts";
import { chain, completed, conversation, newRun, OWNER, startedRun, STRANGER } from "./records.ts";

function fenceOf(run: StoredRun, instanceId = "i1") {
  return { runId: run.id, attempt: run.attempt, instanceId };
}

function batch(run: StoredRun, firstSeq: number, lines: string[], instanceId = "i1"): FencedBatch {
  return {
    ...fenceOf(run, instanceId),
    firstSeq,
    lastSeq: firstSeq + lines.length - 1,
    lines: lines.join("\n"),
  };
}

describe.each(ENGINES)("runs on $name", (engine) => {
  let store: Store;
  let dispose: () => Promise<void>;
  beforeEach(async () => {
    ({ store, dispose } = await engine.openStore());
    await store.instances.register("i1", 60_000);
    await store.instances.register("i2", 60_000);
  });
  afterEach(() => dispose());

  test("begin queued, or at once where an instance takes them", async () => {
    const queued = await startedRun(store);
    expect(queued).toMatchObject({ status: "queued", attempt: 0, started_at: null });
    const running = await startedRun(store, { instance_id: "i1" });
    expect(running).toMatchObject({ status: "running", attempt: 1, instance_id: "i1" });
    expect(await store.runs.get(OWNER, running.id)).toEqual(running);
    expect(await store.runs.get(STRANGER, running.id)).toBeNull();
  });

  test("are listed newest first, by conversation and by status", async () => {
    const first = await startedRun(store);
    const second = await startedRun(store, { instance_id: "i1" });
    const ids = async (filter: object): Promise<string[]> =>
      (await store.runs.list(OWNER, { limit: 10, ...filter })).data.map(({ id }) => id);
    expect(await ids({})).toEqual([second.id, first.id]);
    expect(await ids({ status: "queued" })).toEqual([first.id]);
    expect(await ids({ conversation_id: second.conversation_id })).toEqual([second.id]);
    expect((await store.runs.list(STRANGER, { limit: 10 })).data).toEqual([]);
    const page = await store.runs.list(OWNER, { limit: 1 });
    const rest = await store.runs.list(OWNER, { limit: 1, cursor: page.next_cursor ?? "" });
    expect([...page.data, ...rest.data].map(({ id }) => id)).toEqual([second.id, first.id]);
  });

  test("two of one branch never run together: the database itself refuses", async () => {
    const first = await startedRun(store, { instance_id: "i1" });
    const again = newRun(first.conversation_id, first.user_message_id, { instance_id: "i2" });
    await expect(store.runs.insert(again)).rejects.toThrow(/unique/i);
    const queued = await store.runs.insert({ ...again, instance_id: null });
    expect(await store.runs.claim(queued.id, "i2")).toBeNull();
    expect(await store.runs.claimable(10)).toEqual([]);
    await store.runs.finish(fenceOf(first), completed());
    expect((await store.runs.claimable(10)).map(({ id }) => id)).toEqual([queued.id]);
    expect(await store.runs.claim(queued.id, "i2")).toMatchObject({
      status: "running",
      attempt: 1,
      instance_id: "i2",
    });
    expect(await store.runs.claim(queued.id, "i1")).toBeNull();
  });

  test("wait in the order of their arrival on a branch, and not for other branches", async () => {
    const conversationId = await conversation(store);
    const [userMessageId = ""] = await chain(store, conversationId, 1);
    const first = await store.runs.insert(newRun(conversationId, userMessageId));
    const second = await store.runs.insert(newRun(conversationId, userMessageId));
    const other = await store.runs.insert(
      newRun(conversationId, userMessageId, { branch_id: "br_2" }),
    );
    const claimable = (await store.runs.claimable(10)).map(({ id }) => id);
    expect(claimable).toEqual([first.id, other.id]);
    expect(await store.runs.underWay(OWNER, conversationId)).toHaveLength(3);
    expect(await store.runs.underWay(STRANGER, conversationId)).toEqual([]);
    await store.runs.finishQueued(first.id, "i1", completed({ status: "cancelled" }));
    expect((await store.runs.claimable(10)).map(({ id }) => id)).toEqual([second.id, other.id]);
  });

  test("take their turn in the order of their messages, whatever their ids say", async () => {
    const id = await conversation(store);
    const [first = "", second = ""] = await chain(store, id, 2);
    const [earlier, later] = [newId("run"), newId("run")];
    await store.runs.insert(newRun(id, second, { id: earlier }));
    await store.runs.insert(newRun(id, first, { id: later }));
    expect((await store.runs.underWay(OWNER, id)).map((run) => run.id)).toEqual([later, earlier]);
    expect((await store.runs.claimable(10)).map((run) => run.id)).toEqual([later]);
  });

  test("end once, and only in the hands of who holds them", async () => {
    const run = await startedRun(store, { instance_id: "i1" });
    expect(await store.runs.finish(fenceOf(run, "i2"), completed())).toBe(false);
    expect(await store.runs.finish({ ...fenceOf(run), attempt: 2 }, completed())).toBe(false);
    const error = toProblem(new WorkflowExecutionError("no", { step: "model" }));
    const end = completed({ status: "failed", error, message_id: run.user_message_id });
    expect(await store.runs.finish(fenceOf(run), end)).toBe(true);
    expect(await store.runs.finish(fenceOf(run), completed())).toBe(false);
    expect(await store.runs.get(OWNER, run.id)).toMatchObject({
      status: "failed",
      error,
      last_seq: 7,
      message_id: run.user_message_id,
    });
    expect(await store.runs.finishQueued(run.id, "i1", completed())).toBe(false);
  });

  test("of a dead instance are orphans, taken over once, under a new attempt", async () => {
    const run = await startedRun(store, { instance_id: "i1" });
    expect(await store.runs.orphans(10)).toEqual([]);
    await store.instances.leave("i1");
    const [orphan] = await store.runs.orphans(10);
    expect(orphan?.id).toBe(run.id);
    const taken = orphan && (await store.runs.takeOver(orphan, "i2"));
    expect(taken).toMatchObject({ attempt: 2, crashes: 1, instance_id: "i2" });
    expect(orphan && (await store.runs.takeOver(orphan, "i1"))).toBeNull();
    // The old holder wakes up: nothing it writes is accepted.
    expect(await store.runs.finish(fenceOf(run), completed())).toBe(false);
    await store.events.append([batch(run, 1, ['{"stale":true}'])]);
    expect(await store.events.read(run.id, 1, 0, 10)).toEqual([]);
  });

  test("that are given back have not crashed", async () => {
    const run = await startedRun(store, { instance_id: "i1" });
    await store.runs.release(fenceOf(run, "i2"));
    expect(await store.runs.orphans(10)).toEqual([]);
    await store.runs.release(fenceOf(run));
    const [orphan] = await store.runs.orphans(10);
    expect(orphan && (await store.runs.takeOver(orphan, "i2"))).toMatchObject({
      attempt: 2,
      crashes: 0,
    });
  });

  test("hear the first request to stop, while they are under way", async () => {
    const run = await startedRun(store, { instance_id: "i1" });
    expect(await store.runs.requestStop(STRANGER, run.id, "cancel")).toBe(false);
    expect(await store.runs.requestStop(OWNER, run.id, "interrupt")).toBe(true);
    expect(await store.runs.requestStop(OWNER, run.id, "cancel")).toBe(true);
    expect(await store.runs.stopRequests([run.id])).toEqual([{ id: run.id, stop: "interrupt" }]);
    expect(await store.runs.stopRequests([])).toEqual([]);
    await store.runs.finish(fenceOf(run), completed());
    expect(await store.runs.requestStop(OWNER, run.id, "cancel")).toBe(false);
  });

  test("leases run out, are renewed, and are all cleared", async () => {
    await store.instances.register("short", 1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await store.instances.renew("short", 60_000)).toBe(false);
    expect(await store.instances.renew("i1", 60_000)).toBe(true);
    await store.instances.clear();
    expect(await store.instances.renew("i1", 60_000)).toBe(false);
  });

  test("events are read from any point, in order, and forgotten after their time", async () => {
    const run = await startedRun(store, { instance_id: "i1" });
    const first = batch(run, 1, ['{"n":1}', '{"n":2}']);
    const second = batch(run, 3, ['{"n":3}']);
    await store.events.append([first]);
    await store.events.append([second]);
    await store.events.append([]);
    const read = async (after: number): Promise<number[]> =>
      (await store.events.read(run.id, 1, after, 10)).map(({ firstSeq }) => firstSeq);
    expect(await read(0)).toEqual([1, 3]);
    expect(await read(1)).toEqual([1, 3]);
    expect(await read(2)).toEqual([3]);
    expect(await read(3)).toEqual([]);
    expect(await store.events.prune(Date.now() + 1000)).toBe(0);
    await store.runs.finish(fenceOf(run), completed());
    expect(await store.events.prune(Date.now() - 60_000)).toBe(0);
    expect(await store.events.prune(Date.now() + 1000)).toBe(2);
    expect(await store.events.prune(Date.now() + 1000)).toBe(0);
    expect(await read(0)).toEqual([]);
  });
});
