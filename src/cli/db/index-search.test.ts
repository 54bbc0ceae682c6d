import { describe, expect, it } from "vitest";
import { describeReport, showSteps } from "./index-search.ts";

function outputOf(terminal: { isTTY?: boolean; columns?: number }) {
  const written: string[] = [];
  return { written, output: { ...terminal, write: (text: string) => written.push(text) } };
}

describe("chatter db index", () => {
  it("says what it has built, what was there, and what there is no index for", () => {
    const index = { name: "chunk_index_bm25", of: "search by words", seconds: 61.25 };
    const notes = ["Search by meaning: no vectors yet."];
    const indexes = (["built", "again", "there"] as const).map((outcome) => ({
      ...index,
      outcome,
    }));
    expect(describeReport({ indexes, notes })).toEqual([
      "  chunk_index_bm25 (search by words): built in 61.3 s",
      "  chunk_index_bm25 (search by words): it had been broken off; built again in 61.3 s",
      "  chunk_index_bm25 (search by words): there already",
      "  Search by meaning: no vectors yet.",
    ]);
  });

  it("shows a bar on a terminal, and a line for each index elsewhere", () => {
    const steps = [
      { index: "a", phase: "begun", share: 0 },
      { index: "a", phase: "building index: loading tuples", share: 0.5 },
      { index: "b", phase: "begun", share: 0 },
    ];
    const file = outputOf({});
    const inFile = showSteps(file.output);
    for (const step of steps) inFile.step(step);
    inFile.end();
    expect(file.written).toEqual(["Building a\n", "Building b\n"]);

    const terminal = outputOf({ isTTY: true, columns: 80 });
    const onTerminal = showSteps(terminal.output);
    onTerminal.step(steps[1]!);
    onTerminal.end();
    expect(terminal.written).toEqual([
      `\r\u001b[2K[${"#".repeat(15)}${".".repeat(15)}]  50 %  a: building index: loading tuples`,
      "\r\u001b[2K",
    ]);
  });
});
