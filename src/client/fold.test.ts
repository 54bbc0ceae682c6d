import { expect, test } from "vitest";
import type { RunEvent } from "../contract/events.ts";
import type { Citation } from "../contract/messages.ts";
import { type AnswerView, EMPTY_ANSWER, foldRunEvents } from "./fold.ts";
import { answer, RUN_ID } from "./test-server.ts";

function fold(events: readonly RunEvent[], view: AnswerView = EMPTY_ANSWER): AnswerView {
  return events.reduce(foldRunEvents, view);
}

test("tokens and reasoning add up, and the end sets the status", () => {
  const [start, ...others] = answer(1, ["a", "b"]).map(([, event]) => event);
  const view = fold([
    start as RunEvent,
    { type: "reasoning", content: "let me " },
    { type: "reasoning", content: "think" },
    ...others,
  ]);
  expect(view).toMatchObject({ status: "completed", content: "ab", reasoning: "let me think" });
});

test("a restart forgets what earlier attempts showed", () => {
  const first = answer(1, ["lost"]).map(([, event]) => event);
  const view = fold(
    answer(2, ["kept"]).map(([, event]) => event),
    fold(first.slice(0, -1)),
  );
  expect(view).toMatchObject({ content: "kept", restarts: 1, status: "completed" });
});

test("a step that finishes takes the place of its start", () => {
  const view = fold([
    { type: "step", node: "model", status: "started", duration_ms: null },
    { type: "step", node: "model", status: "finished", duration_ms: 12 },
  ]);
  expect(view.steps).toEqual([{ node: "model", status: "finished", durationMs: 12 }]);
});

test("a tool call waits for approval, runs and ends", () => {
  const call = { tool_call_id: "t1", name: "search", arguments: { q: "x" } };
  const asked = fold([
    { type: "tool_call", ...call },
    { type: "tool_approval", ...call, expires_at: "2026-01-01T00:00:00Z" },
  ]);
  expect(asked.status).toBe("waiting");
  expect(asked.toolCalls[0]).toMatchObject({
    status: "approval",
    expiresAt: "2026-01-01T00:00:00Z",
  });
  const done = fold(
    [
      {
        type: "tool_result",
        tool_call_id: "t1",
        name: "search",
        status: "ok",
        content: "found",
        duration_ms: 5,
      },
    ],
    asked,
  );
  expect(done.status).toBe("running");
  expect(done.toolCalls).toEqual([{ ...call, status: "ok", result: "found", durationMs: 5 }]);
});

test("data, images and the mark of a result stay with its call", () => {
  const call = { tool_call_id: "t1", name: "chart" };
  const parts = {
    structured: { rows: 2 },
    images: [{ mime_type: "image/png", data: "aGk=" }],
    untrusted: true as const,
  };
  const { toolCalls } = fold([
    { type: "tool_call", ...call, arguments: { of: "sales" } },
    { type: "tool_result", ...call, status: "ok", content: "", duration_ms: 1, ...parts },
  ]);
  expect(toolCalls).toEqual([
    { ...call, arguments: { of: "sales" }, status: "ok", result: "", durationMs: 1, ...parts },
  ]);
});

test("an id that is used again is another call, and each keeps its own result", () => {
  const call = { tool_call_id: "t1", name: "search" };
  const events = ["one", "two"].flatMap((q): RunEvent[] => [
    { type: "tool_call", ...call, arguments: { q } },
    { type: "tool_result", ...call, status: "ok", content: `found ${q}`, duration_ms: 1 },
  ]);
  expect(fold(events).toolCalls.map((each) => [each.arguments["q"], each.result])).toEqual([
    ["one", "found one"],
    ["two", "found two"],
  ]);
});

test("the saved message has the last word, also for whoever began to read in the middle", () => {
  const [[, start] = []] = answer(1, []);
  const saved: Extract<RunEvent, { type: "message" }> = {
    type: "message",
    id: "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    conversation_id: "conv_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    parent_id: null,
    run_id: RUN_ID,
    role: "assistant",
    content: "all of it",
    reasoning: "thought",
    tool_calls: [
      {
        tool_call_id: "t1",
        name: "search",
        arguments: { q: "x" },
        status: "timeout",
        content: "too slow",
        duration_ms: 5,
      },
      {
        tool_call_id: "t2",
        name: "search",
        arguments: {},
        status: null,
        content: null,
        duration_ms: null,
      },
    ],
    tool_call_id: null,
    citations: null,
    status: "partial",
    provider: null,
    model: null,
    usage: null,
    response_time_ms: null,
    created_at: "2026-01-01T00:00:00Z",
    metadata: {},
    feedback: null,
  };
  const view = fold([start as RunEvent, { type: "token", content: "of it", node: "model" }, saved]);
  expect(view).toMatchObject({ content: "all of it", reasoning: "thought", citations: [] });
  expect(view.toolCalls).toEqual([
    {
      tool_call_id: "t1",
      name: "search",
      arguments: { q: "x" },
      status: "timeout",
      result: "too slow",
      durationMs: 5,
    },
    {
      tool_call_id: "t2",
      name: "search",
      arguments: {},
      status: "pending",
      result: null,
      durationMs: null,
    },
  ]);
});

test("an event of an unknown kind changes nothing", () => {
  expect(foldRunEvents(EMPTY_ANSWER, { type: "later" } as unknown as RunEvent)).toBe(EMPTY_ANSWER);
});

test("folding does not touch the view it is given", () => {
  const before = Object.freeze({ ...EMPTY_ANSWER });
  fold(
    answer(1, ["a"]).map(([, event]) => event),
    before,
  );
  expect(before).toEqual(EMPTY_ANSWER);
});

test("what a search gave is kept beside what the answer cites in the end", () => {
  const passage = (index: number): Citation => ({
    index,
    document_id: "doc",
    document_title: "Zebras",
    chunk_id: `chk_${index}`,
    page: index,
    start: 0,
    end: 10,
    score: 1,
    excerpt: "striped",
    url: null,
  });
  const citations = [passage(1), passage(2)];
  const sources = {
    type: "sources",
    citations,
    mode: "lexical",
    degraded: true,
    threshold_applied: false,
  } as RunEvent;
  const found = fold([sources]);
  expect(found.citations).toEqual(citations);
  expect(found.retrieval).toEqual({
    passages: citations,
    mode: "lexical",
    degraded: true,
    thresholdApplied: false,
  });
  // A later search adds what it found, and says no more than is known of all of them.
  const again = fold([
    sources,
    { ...sources, citations: [passage(2), passage(3)], mode: null, degraded: false } as RunEvent,
  ]);
  expect(again.citations).toEqual([passage(1), passage(2), passage(3)]);
  expect(again.retrieval).toEqual({ ...found.retrieval, passages: again.citations });
  // An older server says of a search what it found, and no more.
  const bare = fold([{ type: "sources", citations: [] } as unknown as RunEvent]);
  expect(bare.retrieval).toEqual({
    passages: [],
    mode: null,
    degraded: null,
    thresholdApplied: null,
  });
  expect(EMPTY_ANSWER.retrieval).toBeNull();
});
