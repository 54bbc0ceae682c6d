/** The end of a run as it is committed: where its answer goes, and who may wait for whom. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Answer } from "../../src/runs/attempt/answer.ts";
import { commitEnding, type Outcome, prepareEnding } from "../../src/runs/attempt/finish.ts";
import { Journal } from "../../src/runs/journal/journal.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import type { StoredRun } from "../../src/workflow/ports/stores/runs.ts";
import { newMeter } from "../../src/workflow/usage.ts";
import { ENGINES } from "../support/engines.ts";
import { chain, completed, conversation, message, newRun, OWNER, startedRun } from "./records.ts";

function outcome(content: string, status: Outcome["status"] = "completed"): Outcome {
  const answer = new Answer();
  if (content !== "") answer.apply({ type: "token", content, node: "model" });
  return { status, answer, ...newMeter(), error: null, rollback: false };
}

describe.each(ENGINES)("the end of a run on $name", (engine) => {
  let store: Store;
  let dispose: () => Promise<void>;
  beforeEach(async () => {
    ({ store, dispose } = await engine.openStore());
    await store.instances.register("i1", 60_000);
  });
  afterEach(() => dispose());

  /** Ends a run that `i1` holds; false when it was not its to end. */
  function end(run: StoredRun, how: Outcome): Promise<boolean> {
    const journal = new Journal({ runId: run.id, attempt: run.attempt, instanceId: "i1" });
    const ending = prepareEnding(run, journal, how);
    return store.transaction((tx) => commitEnding(tx, run, journal, ending, []));
  }

  /** Of every message of a conversation, in order: what it says, and what its parent says. */
  async function tree(conversationId: string): Promise<(string | undefined)[][]> {
    const all = await store.messages.all(OWNER, conversationId);
    const content = new Map(all.map((each) => [each.id, each.content]));
    return all.map((each) => [each.content, content.get(each.parent_id ?? "")]);
  }

  test("puts the answer before the messages that came meanwhile, stopped ones too", async () => {
    const id = await conversation(store);
    const [question = "", second = "", third = ""] = await chain(store, id, 3);
    await store.messages.insert(OWNER, message(id, { parent_id: question, branch_id: "br_2" }));
    const run = await store.runs.insert(newRun(id, question, { instance_id: "i1" }));
    const stopped = await store.runs.insert(newRun(id, second));
    await store.runs.finishQueued(stopped.id, "i1", completed({ status: "cancelled" }));
    await store.runs.insert(newRun(id, third));
    expect(await end(run, outcome("the answer"))).toBe(true);
    // The second of the chain is an assistant's, which nothing moves: only questions wait.
    expect(await tree(id)).toEqual([
      ["message 0", undefined],
      ["message 1", "message 0"],
      ["a question", "message 0"],
      ["the answer", "message 0"],
      ["message 2", "the answer"],
    ]);
  });

  test("without an answer leaves them where they are", async () => {
    const id = await conversation(store);
    const [question = ""] = await chain(store, id, 1);
    await chain(store, id, 1, { parentId: question, branchId: "br_1" });
    const run = await store.runs.insert(newRun(id, question, { instance_id: "i1" }));
    const before = await tree(id);
    expect(await end(run, outcome("", "cancelled"))).toBe(true);
    expect(await tree(id)).toEqual(before);
  });

  test("and a request that stops it never wait for each other for ever", async () => {
    for (let round = 0; round < 5; round++) {
      const run = await startedRun(store, { instance_id: "i1" });
      const stopping = store.transaction(async (tx) => {
        await tx.conversations.lock(OWNER, run.conversation_id);
        for (let pause = 0; pause < 20; pause++) await tx.runs.get(OWNER, run.id);
        return tx.runs.requestStop(OWNER, run.id, "interrupt");
      });
      const [ended] = await Promise.all([end(run, outcome("the answer")), stopping]);
      expect(ended).toBe(true);
    }
  });
});
