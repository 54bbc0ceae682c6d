import { describe, expect, it } from "vitest";
import { showProgress } from "./progress.ts";

function outputOf(terminal: { isTTY?: boolean; columns?: number }) {
  const written: string[] = [];
  return { written, output: { ...terminal, write: (text: string) => written.push(text) } };
}

const part = { part: "messages", total: 10, totalOfAll: 20 };

describe("progress", () => {
  it("is a line for each part that is done where nobody watches", () => {
    const { written, output } = outputOf({});
    const { step, end } = showProgress(output);
    for (const done of [0, 5, 10]) step({ ...part, done, doneOfAll: done });
    step({ part: "runs", done: 0, total: 0, doneOfAll: 10, totalOfAll: 20 });
    end();
    expect(written).toEqual(["messages: 10\n", "runs: 0\n"]);
  });

  it("is a bar on a terminal, drawn now and then and at the end, and makes room", () => {
    const { written, output } = outputOf({ isTTY: true, columns: 60 });
    const { step, end } = showProgress(output);
    step({ ...part, done: 5, doneOfAll: 5 });
    for (let done = 6; done < 10; done++) step({ ...part, done, doneOfAll: done });
    step({ ...part, part: "runs", done: 10, doneOfAll: 20 });
    end();
    expect(written).toEqual([
      `\r\u001b[2K[${"#".repeat(7)}${".".repeat(23)}]  25 %  messages`,
      `\r\u001b[2K[${"#".repeat(30)}] 100 %  runs`,
      "\r\u001b[2K",
    ]);
  });

  it("fits a narrow terminal, and says of nothing that it is done", () => {
    const { written, output } = outputOf({ isTTY: true, columns: 10 });
    showProgress(output).step({ part: "x", done: 0, total: 0, doneOfAll: 0, totalOfAll: 0 });
    expect(written).toEqual(["\r\u001b[2K[########"]);
  });
});
