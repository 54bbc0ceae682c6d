import { describe, expect, it } from "vitest";
import { EMPTY_ANSWER, foldRunEvents } from "../../client/fold.ts";
import type { RunEvent } from "../../contract/events.ts";
import { Citation, Message } from "../../contract/messages.ts";
import { newId } from "../../workflow/ids.ts";
import type { StoredRun } from "../../workflow/ports/stores/runs.ts";
import { planOf } from "../../workflow/testing/plans.ts";
import { newMeter } from "../../workflow/usage.ts";
import { Answer, toWireMessage } from "./answer.ts";

const CITATION = Citation.parse({
  index: 1,
  document_id: "doc_1",
  document_title: "Handbook",
  chunk_id: "chk_1",
  page: null,
  start: 0,
  end: 4,
  score: 0.5,
  excerpt: "Four",
  url: null,
});

function callEvent(id: string): RunEvent {
  return { type: "tool_call", tool_call_id: id, name: "calculate", arguments: { id } };
}

function resultEvent(id: string, status: "ok" | "error" = "ok"): RunEvent {
  const content = `result of ${id}`;
  return {
    type: "tool_result",
    tool_call_id: id,
    name: "calculate",
    status,
    content,
    duration_ms: 7,
  };
}

const SOURCES: Extract<RunEvent, { type: "sources" }> = {
  type: "sources",
  citations: [CITATION, { ...CITATION, index: 2, chunk_id: "chk_2" }],
  mode: "hybrid",
  degraded: false,
  threshold_applied: false,
};

/** All kinds of events that carry a part of an answer, and some that do not. */
const EVENTS: readonly RunEvent[] = [
  { type: "step", node: "memory", status: "started", duration_ms: null },
  SOURCES,
  { type: "reasoning", content: "Let me " },
  { type: "reasoning", content: "think." },
  { type: "token", content: "One ", node: "model" },
  callEvent("a"),
  callEvent("b"),
  resultEvent("b", "error"),
  resultEvent("a"),
  { type: "token", content: "moment. [1][7]", node: "model" },
];

function answerOf(events: readonly RunEvent[]): Answer {
  const answer = new Answer();
  for (const event of events) answer.apply(event);
  return answer;
}

const RUN: StoredRun = {
  id: newId("run"),
  owner_id: "ann",
  conversation_id: newId("conv"),
  user_message_id: newId("msg"),
  message_id: null,
  branch_id: "br_1",
  regenerates: false,
  status: "running",
  attempt: 1,
  crashes: 0,
  instance_id: "i1",
  stop: null,
  restart: null,
  workflow: "tools",
  workflow_template: null,
  plan: planOf({ provider: "openai", model: "big", metadata: { team: "red" } }),
  usage: null,
  error: null,
  last_seq: 0,
  created_at: new Date().toISOString(),
  started_at: null,
  finished_at: null,
};

function messageOf(
  answer: Answer,
  run = RUN,
  answeredBy: { provider: string; model: string } | null = null,
) {
  const { usage } = newMeter();
  return answer.toMessage(newId("msg"), run, {
    status: "complete",
    usage,
    answeredBy,
    untrusted: false,
  });
}

describe("an answer", () => {
  it("is all that its events say, each call with its own result, in the order of the calls", () => {
    const message = messageOf(answerOf(EVENTS));
    expect(Message.parse(toWireMessage(message))).toEqual(toWireMessage(message));
    expect(message).toMatchObject({
      role: "assistant",
      parent_id: RUN.user_message_id,
      run_id: RUN.id,
      content: "One moment. [1][7]",
      reasoning: "Let me think.",
      citations: [CITATION],
      provider: "openai",
      model: "big",
      metadata: { team: "red" },
    });
    expect(message.tool_calls).toEqual([
      {
        tool_call_id: "a",
        name: "calculate",
        arguments: { id: "a" },
        status: "ok",
        content: "result of a",
        duration_ms: 7,
      },
      {
        tool_call_id: "b",
        name: "calculate",
        arguments: { id: "b" },
        status: "error",
        content: "result of b",
        duration_ms: 7,
      },
    ]);
  });

  it("keeps a call that was cut off before its result, without one", () => {
    const message = messageOf(answerOf([callEvent("a"), callEvent("b"), resultEvent("b")]));
    expect(
      message.tool_calls?.map(({ status, content, duration_ms }) => [status, content, duration_ms]),
    ).toEqual([
      [null, null, null],
      ["ok", "result of b", 7],
    ]);
  });

  it("gives the result to the newest call of its id: some models use an id again", () => {
    const again: RunEvent = { ...resultEvent("a"), content: "second" } as RunEvent;
    const message = messageOf(answerOf([callEvent("a"), resultEvent("a"), callEvent("a"), again]));
    expect(message.tool_calls?.map(({ content }) => content)).toEqual(["result of a", "second"]);
  });

  it("has null for what it does not have", () => {
    expect(messageOf(new Answer())).toMatchObject({
      content: "",
      reasoning: null,
      tool_calls: null,
      citations: null,
    });
  });

  it("cites what it was given and its text names, and counts what it was not given", () => {
    const answer = answerOf(EVENTS);
    expect(answer.cited).toEqual({ citations: [CITATION], dropped: 1 });
    expect(
      answerOf([SOURCES, { type: "token", content: "Nothing.", node: "model" }]).cited,
    ).toEqual({ citations: [], dropped: 0 });
    expect(messageOf(answerOf([SOURCES])).citations).toEqual([]);
    const unsearched = answerOf([{ type: "token", content: "As in [1].", node: "model" }]);
    expect([unsearched.cited, messageOf(unsearched).citations]).toEqual([null, null]);
  });

  it("names who really answered", () => {
    const answeredBy = { provider: "cloud", model: "huge" };
    expect(messageOf(new Answer(), RUN, answeredBy)).toMatchObject(answeredBy);
  });

  it("is worth keeping when there is anything in it, a call too", () => {
    expect(new Answer().empty).toBe(true);
    expect(answerOf([SOURCES]).empty).toBe(true);
    for (const event of [EVENTS[2], EVENTS[4], EVENTS[5]]) {
      expect(answerOf(event ? [event] : []).empty).toBe(false);
    }
  });

  it("counts its time from the acceptance, in what every store can hold", () => {
    const ago = (ms: number) => new Date(Date.now() - ms).toISOString();
    const timeFor = (created_at: string) =>
      messageOf(new Answer(), { ...RUN, created_at }).response_time_ms;
    expect(timeFor(ago(5000))).toBeGreaterThanOrEqual(5000);
    expect(timeFor(ago(5000))).toBeLessThan(10_000);
    expect(timeFor(ago(400 * 24 * 3600 * 1000))).toBe(2 ** 31 - 1);
    // A clock that was set back in the meantime.
    expect(timeFor(ago(-5000))).toBe(0);
  });
});

describe("an answer whose run has searched several times", () => {
  const other = { ...CITATION, index: 2, chunk_id: "chk_2", excerpt: "Five" };
  const search = (...citations: Citation[]): RunEvent => ({ ...SOURCES, citations });
  const text = (content: string): RunEvent => ({ type: "token", content, node: "model" });
  const citedOf = (...events: RunEvent[]) => messageOf(answerOf(events)).citations;

  it("cites what any of the searches found, and nothing else", () => {
    const cited = citedOf(search(CITATION), search(other), text("a [2] b [1] c [3]"));
    expect(cited).toEqual([CITATION, other]);
    expect(citedOf(search(CITATION), search(), text("a [1]"))).toEqual([CITATION]);
  });

  it("cites a passage that was found twice once", () => {
    const again = search({ ...CITATION, score: 0.1 }, other);
    expect(citedOf(search(CITATION), again, text("a [1]"))).toEqual([CITATION]);
  });

  it("cites nothing by a number that two passages have", () => {
    const answer = answerOf([search(CITATION), search({ ...other, index: 1 }), text("a [1]")]);
    expect(answer.cited).toEqual({ citations: [], dropped: 1 });
  });
});

describe("a stored answer that is shown again", () => {
  const stored = messageOf(answerOf(EVENTS));

  it("is shown by the same kinds of events: sources, reasoning, each call with its result, the text", () => {
    expect(new Answer(stored).replay().map(({ type }) => type)).toEqual([
      "sources",
      "reasoning",
      "tool_call",
      "tool_result",
      "tool_call",
      "tool_result",
      "token",
    ]);
    expect(new Answer(messageOf(new Answer())).replay()).toEqual([]);
  });

  it("tells of its search what is known: the passages that it cites", () => {
    expect(new Answer(stored).replay()[0]).toEqual({
      type: "sources",
      citations: [CITATION],
      mode: null,
      degraded: null,
      threshold_applied: null,
    });
    // What was read from a run's own events is all known.
    expect(answerOf(EVENTS).replay()[0]).toEqual(SOURCES);
  });

  it("comes to the same answer again, a call without a result included", () => {
    const cutOff = messageOf(answerOf([callEvent("a"), callEvent("b"), resultEvent("b")]));
    for (const message of [stored, cutOff]) {
      const again = messageOf(answerOf(new Answer(message).replay()));
      for (const part of ["content", "reasoning", "citations", "tool_calls"] as const) {
        expect(again[part]).toEqual(message[part]);
      }
    }
  });

  it("looks the same to a client as it looked live", () => {
    const saved: RunEvent = { ...toWireMessage(stored), type: "message" };
    const live = [...EVENTS, saved].reduce(foldRunEvents, EMPTY_ANSWER);
    const again = new Answer(stored).replay().reduce(foldRunEvents, EMPTY_ANSWER);
    for (const part of ["content", "reasoning", "citations", "toolCalls"] as const) {
      expect(again[part]).toEqual(live[part]);
    }
    expect(
      again.toolCalls.map(({ status, result, durationMs }) => [status, result, durationMs]),
    ).toEqual([
      ["ok", "result of a", 7],
      ["error", "result of b", 7],
    ]);
  });
});
