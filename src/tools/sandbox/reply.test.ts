import { describe, expect, test } from "vitest";
import { toOutcome } from "./reply.ts";

const REPLY = {
  output: "",
  outputCut: false,
  value: { text: "1", json: "1" },
  error: null,
  timedOut: false,
  durationMs: 1,
  memoryBytes: 1,
};

function outcomeOf(change: object): unknown {
  return toOutcome(JSON.stringify({ ...REPLY, ...change }));
}

describe("a process is not trusted", () => {
  test("its reply is what it should be", () => {
    expect(outcomeOf({})).toMatchObject({ result: 1, resultText: "1", error: null });
  });

  test.each<[what: string, change: object]>([
    ["more output than there may be", { output: "x".repeat(50_001) }],
    ["a longer result", { value: { text: "x".repeat(50_001), json: null } }],
    ["a result that is no JSON", { value: { text: "1", json: "{" } }],
    ["no time", { durationMs: null }],
    ["a negative amount of memory", { memoryBytes: -1 }],
    ["an error without a message", { error: { name: "Error", stack: "" } }],
  ])("%s is no reply", (_what, change) => {
    expect(() => outcomeOf(change)).toThrow(/invalid|expected|too big|too small|JSON/i);
  });

  test("lines are told of the program only", () => {
    const stack = "    at check (harness:3:1)\n    at f (program.ts:7:2)\n";
    expect(outcomeOf({ error: { name: "E", message: "m", stack } })).toMatchObject({
      error: { name: "E", message: "m", line: 7 },
    });
    expect(
      outcomeOf({ error: { name: "E", message: "m", stack: "    at harness:3:1" } }),
    ).toMatchObject({
      error: { line: null },
    });
  });
});
