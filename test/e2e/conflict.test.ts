/** Two sends to one conversation: the four policies, and that never two runs of one branch are under way. */
import { describe, expect, it } from "vitest";
import { Run } from "../../src/contract/runs.ts";
import { listOf } from "../../src/contract/text.ts";
import { ENGINES } from "../support/engines.ts";
import { only } from "../support/sse.ts";
import { useStage } from "../support/stage.ts";
import { answerText } from "../support/upstream.ts";

const RACES = 200;
/** How many conversations are raced in at the same time. */
const AT_A_TIME = 20;

const QUICK = "[tokens=2 pace=4]";
const HANGING = "[tokens=2 then=hang] hello";
const isUser = ({ role }: { role: string }): boolean => role === "user";

describe.each(ENGINES)("conflicts on $name", (engine) => {
  const stage = useStage(engine);

  async function runsOf(conversationId: string): Promise<Run[]> {
    const path = `/runs?conversation_id=${conversationId}&limit=200`;
    return (await stage.api.get(listOf(Run), path)).data;
  }

  /** A run that has answered two words and says no more. */
  async function underWay(): Promise<Run> {
    const run = await stage.api.start(HANGING);
    await stage.api.answering(run.id);
    return run;
  }

  it("enqueue runs the next one after the end, below the answer; the default", async () => {
    const first = await stage.api.start("[tokens=5 pace=40] one");
    const { conversation_id } = first;
    const second = await stage.api.start("two", { conversation_id });
    const third = await stage.api.start("three", { conversation_id, on_conflict: "enqueue" });
    expect([second.status, third.status]).toEqual(["queued", "queued"]);
    await stage.api.ended(third.id);
    const branch = await stage.api.messages(conversation_id);
    expect(branch.filter(isUser).map(({ content }) => content)).toEqual([
      "[tokens=5 pace=40] one",
      "two",
      "three",
    ]);
    expect(branch).toHaveLength(6);
    const runs = await runsOf(conversation_id);
    expect(runs.map(({ status }) => status)).toEqual(["completed", "completed", "completed"]);
    const sent = stage.upstream.requests.at(-1)?.body as { messages: unknown[] };
    expect(sent.messages).toHaveLength(5);
  });

  it("reject is 409, says not to try again, and stores nothing", async () => {
    const { id, conversation_id } = await underWay();
    const body = { message: "two", conversation_id, on_conflict: "reject" };
    const { status, headers, problem } = await stage.api.refused("POST", "/chat", { body });
    expect(status).toBe(409);
    expect(headers.get("x-should-retry")).toBe("false");
    expect(problem).toMatchObject({ code: "CONFLICT", run_id: id, conversation_id });
    expect(await stage.api.messages(conversation_id)).toHaveLength(1);
    expect(await runsOf(conversation_id)).toHaveLength(1);
    await stage.api.send("POST", `/runs/${id}/cancel`);
  });

  it("interrupt ends the other run and keeps its partial answer", async () => {
    const { id, conversation_id } = await underWay();
    const next = await stage.api.chat("two", { conversation_id, on_conflict: "interrupt" });
    const run = await stage.api.run(id);
    expect(run.status).toBe("interrupted");
    expect(only(await stage.api.events(id), "end").status).toBe("interrupted");
    const branch = await stage.api.messages(conversation_id);
    expect(branch.map(({ status }) => status)).toEqual([
      "complete",
      "partial",
      "complete",
      "complete",
    ]);
    expect(branch[1]).toMatchObject({ id: run.message_id, content: answerText(2) });
    expect(branch[3]?.id).toBe(next.message.id);
  });

  it("rollback removes the other run's question and answer", async () => {
    const { id, conversation_id } = await underWay();
    const next = await stage.api.chat("two", { conversation_id, on_conflict: "rollback" });
    expect(await stage.api.run(id)).toMatchObject({ status: "cancelled", message_id: null });
    const branch = await stage.api.messages(conversation_id);
    expect(branch.map(({ content }) => content)).toEqual(["two", next.message.content]);
    expect(branch[0]).toMatchObject({ parent_id: null, sibling_ids: [branch[0]?.id] });
    expect(next.conversation.message_count).toBe(2);
  });

  it("rollback of a regeneration leaves the question and the answers that were there", async () => {
    const { conversation_id, message } = await stage.api.chat("one");
    const again = await stage.api.json(Run, "POST", `/messages/${message.id}/regenerate`, {
      body: { background: true },
      status: 202,
    });
    await stage.api.json(Run, "POST", `/messages/${message.id}/regenerate`, {
      body: { background: true, on_conflict: "rollback" },
      status: 202,
    });
    await stage.api.ended(again.id);
    const branch = await stage.api.messages(conversation_id, `?leaf=${message.id}`);
    expect(branch.map(({ id }) => id)).toContain(message.id);
    expect(branch).toHaveLength(2);
  });

  it("another branch is no conflict", async () => {
    const { id, conversation_id } = await underWay();
    const options = { conversation_id, parent_id: "root", on_conflict: "reject" };
    const answer = await stage.api.chat("beside it", options);
    expect(answer.message.status).toBe("complete");
    expect((await stage.api.run(id)).status).toBe("running");
    await stage.api.send("POST", `/runs/${id}/cancel`);
  });

  describe(`in ${RACES} races`, () => {
    /** Two or three posts to a conversation at the same moment; returns the answers' statuses. */
    async function race(
      conversation_id: string,
      policy: string,
      posts: number,
    ): Promise<(number | undefined)[]> {
      return Promise.all(
        Array.from({ length: posts }, async (_, number) => {
          const message = `${QUICK} racer ${number}`;
          const body = { message, conversation_id, on_conflict: policy, background: true };
          const response = await stage.api.send("POST", "/chat", { body });
          if (response.status === 409) {
            expect(response.headers.get("x-should-retry")).toBe("false");
          } else {
            expect(response.status).toBe(202);
          }
          await response.text();
          return response.status;
        }),
      );
    }

    /** Samples what runs, again and again, until it is stopped; returns how often two of a branch did. */
    function watch(): () => Promise<{ samples: number; doubles: string[] }> {
      let stopped = false;
      const doubles: string[] = [];
      const watching = (async () => {
        let samples = 0;
        for (; !stopped; samples++) {
          const { data } = await stage.api.get(listOf(Run), "/runs?status=running&limit=200");
          const conversations = data.map(({ conversation_id }) => conversation_id);
          const twice = conversations.filter((id, index) => conversations.indexOf(id) !== index);
          doubles.push(...twice);
          await new Promise((resolve) => setTimeout(resolve, 15));
        }
        return samples;
      })();
      return async () => {
        stopped = true;
        return { samples: await watching, doubles };
      };
    }

    /** All runs of a raced conversation are of one branch, so none may begin before the one ahead has ended. */
    function expectNoOverlap(runs: readonly Run[]): void {
      const spans = runs
        .filter((run) => run.started_at !== null)
        .map((run) => [Date.parse(run.started_at ?? ""), Date.parse(run.finished_at ?? "")])
        .toSorted(([a = 0], [b = 0]) => a - b);
      for (const [index, [started = 0]] of spans.entries()) {
        expect(started).toBeGreaterThanOrEqual(spans[index - 1]?.[1] ?? 0);
      }
    }

    async function settle(conversationId: string): Promise<Run[]> {
      for (const { id } of await runsOf(conversationId)) await stage.api.ended(id);
      return runsOf(conversationId);
    }

    /** What must hold of a conversation after a race, by policy; `posts` were sent beside its first message. */
    async function check(policy: string, id: string, statuses: readonly unknown[]): Promise<void> {
      const runs = await settle(id);
      expectNoOverlap(runs);
      const accepted = statuses.filter((status) => status === 202).length;
      expect(runs).toHaveLength(accepted + 1);
      const branch = await stage.api.messages(id);
      const questions = branch.filter(isUser);
      for (const [index, message] of branch.entries()) {
        expect(message.parent_id).toBe(branch[index - 1]?.id ?? null);
        expect(message.sibling_ids).toEqual([message.id]);
      }
      const count = (status: string): number => runs.filter((run) => run.status === status).length;
      if (policy === "enqueue") {
        expect(accepted).toBe(statuses.length);
        expect(count("completed")).toBe(runs.length);
        expect(branch).toHaveLength(2 * runs.length);
        expect(branch.map(isUser)).toEqual(branch.map((_, index) => index % 2 === 0));
      } else if (policy === "reject") {
        expect(questions).toHaveLength(runs.length);
        expect(count("completed")).toBe(runs.length);
      } else if (policy === "interrupt") {
        expect(questions).toHaveLength(runs.length);
        expect(count("completed") + count("interrupted")).toBe(runs.length);
        expect(count("completed")).toBeGreaterThan(0);
      } else {
        const kept = count("completed");
        expect(count("completed") + count("cancelled")).toBe(runs.length);
        expect(kept).toBeGreaterThan(0);
        expect(branch.map(isUser)).toEqual(branch.map((_, index) => index % 2 === 0));
        expect(branch).toHaveLength(2 * kept);
      }
    }

    it.each(["enqueue", "reject", "interrupt", "rollback"])("%s", async (policy) => {
      const stop = watch();
      for (let first = 0; first < RACES; first += AT_A_TIME) {
        const conversations = await Promise.all(
          Array.from({ length: AT_A_TIME }, () => stage.api.start(`${QUICK} first`)),
        );
        await Promise.all(
          conversations.map(async ({ conversation_id }, index) => {
            const statuses = await race(conversation_id, policy, 2 + (index % 2));
            await check(policy, conversation_id, statuses);
          }),
        );
      }
      const { samples, doubles } = await stop();
      expect(samples).toBeGreaterThan(10);
      expect(doubles).toEqual([]);
    });
  });
});
