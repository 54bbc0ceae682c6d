/** Two sends to one conversation: the four policies, and that never two runs of one branch are under way. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BranchMessage } from "../../src/contract/messages.ts";
import { Run } from "../../src/contract/runs.ts";
import { listOf } from "../../src/contract/text.ts";
import { ENGINES } from "../support/engines.ts";
import { only } from "../support/sse.ts";
import { useStage } from "../support/stage.ts";
import { answerText } from "../support/upstream.ts";

/** Of each policy, on each of the two engines. */
const RACES = 100;
/** Far more than the races take on a machine that has nothing else to do, in milliseconds. */
const LIMIT_MS = 300_000;
/** How many conversations are raced in at the same time. */
const AT_A_TIME = 20;

const QUICK = "[tokens=2 pace=4]";
const HANGING = "[tokens=2 then=hang] hello";
const isUser = ({ role }: { role: string }): boolean => role === "user";

/** One line from root to leaf: every message below the one before it, and nothing beside any. */
function expectOneLine(branch: readonly BranchMessage[]): void {
  for (const [index, message] of branch.entries()) {
    expect(message.parent_id).toBe(branch[index - 1]?.id ?? null);
    expect(message.sibling_ids).toEqual([message.id]);
  }
}

describe.each(ENGINES)("conflicts on $name", (engine) => {
  const stage = useStage(engine);

  async function runsOf(conversationId: string): Promise<Run[]> {
    const path = `/runs?conversation_id=${conversationId}&limit=200`;
    return (await stage.api.get(listOf(Run), path)).data;
  }

  async function settle(conversationId: string): Promise<Run[]> {
    for (const { id } of await runsOf(conversationId)) await stage.api.ended(id);
    return runsOf(conversationId);
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

  it("interrupt of a waiting run as well leaves its message where it stood in line", async () => {
    const { id, conversation_id } = await underWay();
    const waiting = await stage.api.start("two", { conversation_id });
    const next = await stage.api.chat("three", { conversation_id, on_conflict: "interrupt" });
    const branch = await stage.api.messages(conversation_id);
    expect(branch.map(({ content }) => content)).toEqual([
      HANGING,
      answerText(2),
      "two",
      "three",
      next.message.content,
    ]);
    for (const message of branch) expect(message.sibling_ids).toEqual([message.id]);
    const runs = [await stage.api.run(id), await stage.api.run(waiting.id)];
    expect(runs.map(({ status }) => status)).toEqual(["interrupted", "interrupted"]);
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

  it("any mix of sends and cancels leaves one line of messages, and every run ended", async () => {
    const step = fc.oneof(
      fc.record({
        on_conflict: fc.constantFrom("enqueue", "reject", "interrupt", "rollback"),
        message: fc.constantFrom("[tokens=0 pace=5]", QUICK, "[tokens=2 pace=4 then=cut]", HANGING),
      }),
      fc.record({ cancel: fc.nat(5) }),
      fc.record({ wait: fc.nat(25) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), async (steps) => {
        const { api } = stage;
        const first = await api.start(QUICK);
        const { conversation_id } = first;
        const ids = [first.id];
        for (const next of steps) {
          if ("wait" in next) {
            await new Promise((resolve) => setTimeout(resolve, next.wait));
          } else if ("cancel" in next) {
            const path = `/runs/${ids[next.cancel % ids.length]}/cancel`;
            await api.json(Run, "POST", path, { status: 202 });
          } else {
            const body = { ...next, conversation_id, background: true };
            const response = await api.send("POST", "/chat", { body });
            const run = Run.safeParse(await response.json());
            if (run.success) ids.push(run.data.id);
          }
        }
        for (const id of ids) await api.send("POST", `/runs/${id}/cancel`);
        expect((await settle(conversation_id)).map(({ id }) => id)).toEqual(ids.toReversed());
        expectOneLine(await api.messages(conversation_id));
      }),
      { numRuns: 60 },
    );
  });

  describe(`in ${RACES} races`, () => {
    /** Two or three posts to a conversation at the same moment; returns how many were accepted. */
    async function race(
      conversation_id: string,
      on_conflict: string,
      posts: number,
    ): Promise<number> {
      const statuses = await Promise.all(
        Array.from({ length: posts }, async (_, number) => {
          const message = `${QUICK} racer ${number}`;
          const body = { message, conversation_id, on_conflict, background: true };
          const response = await stage.api.send("POST", "/chat", { body });
          await response.text();
          const retry = response.headers.get("x-should-retry");
          return retry === null ? response.status : `${response.status}, retry: ${retry}`;
        }),
      );
      const accepted = statuses.filter((status) => status === 202).length;
      const rejected = statuses.filter((status) => status === "409, retry: false").length;
      expect(accepted + rejected, statuses.join("; ")).toBe(posts);
      expect(on_conflict === "reject" || rejected === 0).toBe(true);
      return accepted;
    }

    /** Samples what runs, again and again, until it is stopped; returns how often two of a branch did. */
    function watch(): () => Promise<{ samples: number; doubles: string[] }> {
      const stop = new AbortController();
      const doubles: string[] = [];
      const watching = (async () => {
        let samples = 0;
        for (; !stop.signal.aborted; samples++) {
          const { data } = await stage.api.get(listOf(Run), "/runs?status=running&limit=200");
          const conversations = data.map(({ conversation_id }) => conversation_id);
          const twice = conversations.filter((id, index) => conversations.indexOf(id) !== index);
          doubles.push(...twice);
          await new Promise((resolve) => setTimeout(resolve, 15));
        }
        return samples;
      })();
      return async () => {
        stop.abort();
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

    function expectInTurns(branch: readonly BranchMessage[]): void {
      expect(branch.map(isUser)).toEqual(branch.map((_, index) => index % 2 === 0));
    }

    const withStatus = (runs: readonly Run[], ...statuses: string[]): number =>
      runs.filter(({ status }) => statuses.includes(status)).length;

    /** What must hold of a conversation after a race. */
    type Check = (runs: readonly Run[], branch: readonly BranchMessage[]) => void;

    const POLICIES: [policy: string, check: Check][] = [
      [
        "enqueue",
        (runs, branch) => {
          expect(withStatus(runs, "completed")).toBe(runs.length);
          expect(branch).toHaveLength(2 * runs.length);
          expectInTurns(branch);
        },
      ],
      [
        "reject",
        (runs, branch) => {
          expect(withStatus(runs, "completed")).toBe(runs.length);
          expect(branch).toHaveLength(2 * runs.length);
          expectInTurns(branch);
        },
      ],
      [
        "interrupt",
        (runs, branch) => {
          expect(withStatus(runs, "completed", "interrupted")).toBe(runs.length);
          expect(withStatus(runs, "completed")).toBeGreaterThan(0);
          expect(branch.filter(isUser)).toHaveLength(runs.length);
        },
      ],
      [
        "rollback",
        (runs, branch) => {
          expect(withStatus(runs, "completed", "cancelled")).toBe(runs.length);
          expect(withStatus(runs, "completed")).toBeGreaterThan(0);
          expect(branch).toHaveLength(2 * withStatus(runs, "completed"));
          expectInTurns(branch);
        },
      ],
    ];

    it.each(POLICIES)(
      "%s",
      async (policy, check) => {
        const stop = watch();
        try {
          for (let first = 0; first < RACES; first += AT_A_TIME) {
            const conversations = await Promise.all(
              Array.from({ length: AT_A_TIME }, () => stage.api.start(`${QUICK} first`)),
            );
            await Promise.all(
              conversations.map(async ({ conversation_id }, index) => {
                const accepted = await race(conversation_id, policy, 2 + (index % 2));
                const runs = await settle(conversation_id);
                expect(runs).toHaveLength(accepted + 1);
                expectNoOverlap(runs);
                const branch = await stage.api.messages(conversation_id);
                expectOneLine(branch);
                check(runs, branch);
              }),
            );
          }
        } finally {
          const { samples, doubles } = await stop();
          expect(samples).toBeGreaterThan(10);
          expect(doubles).toEqual([]);
        }
      },
      LIMIT_MS,
    );
  });
});
