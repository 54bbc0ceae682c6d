import { expect, test } from "vitest";
import { EMPTY_ANSWER, type StepView, type ToolCallView } from "../../../src/client/index.ts";
import { message } from "../state/testing.ts";
import { answerOfMessage, answerOfView } from "./answer.ts";

test("a stored tool call has the status, result and time that it was stored with", () => {
  const call = { tool_call_id: "t1", name: "search", arguments: { q: "x" } };
  const stored = {
    ...message("a", null),
    tool_calls: [
      { ...call, status: "timeout", content: "too slow", duration_ms: 30_000 } as const,
      { ...call, tool_call_id: "t2", status: null, content: null, duration_ms: null },
    ],
  };
  expect(answerOfMessage(stored).toolCalls).toEqual([
    { ...call, status: "timeout", result: "too slow", durationMs: 30_000 },
    { ...call, tool_call_id: "t2", status: "cut", result: null, durationMs: null },
  ]);
});

function activity(step: StepView["node"] | null, calls: Partial<ToolCallView>[] = []): string {
  const steps = step === null ? [] : [{ node: step, status: "started", durationMs: null } as const];
  const view = {
    ...EMPTY_ANSWER,
    status: "running",
    steps,
    toolCalls: calls as ToolCallView[],
  } as const;
  const live = {
    runId: "r",
    userMessageId: "m",
    view,
    connection: "open",
    stopping: false,
  } as const;
  return answerOfView(live).activity ?? "";
}

test("what goes on is said in words, with the names of the tools that are at work", () => {
  expect(activity("memory")).toBe("Recalling the conversation");
  expect(activity("retrieve")).toBe("Searching the documents");
  expect(activity("model")).toBe("Thinking");
  expect(
    activity("tools", [
      { name: "search", status: "pending" },
      { name: "search", status: "pending" },
      { name: "add", status: "ok" },
      { name: "wait", status: "pending" },
    ]),
  ).toBe("Using search and wait");
});
