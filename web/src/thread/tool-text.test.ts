import { expect, test } from "vitest";
import { beginningOf, dataText, saysTheSame, tidy } from "./tool-text.ts";

test("data stands in a line where it fits, and JSON is laid out as such", () => {
  expect(dataText({ a: 1, b: [2] })).toBe('{ "a": 1, "b": [ 2 ] }');
  const long = { words: "word ".repeat(20) };
  expect(dataText(long)).toBe(JSON.stringify(long, null, 2));
  expect(tidy('{"sum":3}')).toBe('{ "sum": 3 }');
  expect(["3", "[draft] of a text", "{not json}"].map(tidy)).toEqual([
    "3",
    "[draft] of a text",
    "{not json}",
  ]);
});

test("a text and its data say the same in whatever order", () => {
  const data = { b: [{ d: 1, c: 2 }], a: null };
  expect(saysTheSame('{ "a": null, "b": [{ "c": 2, "d": 1 }] }', data)).toBe(true);
  expect(saysTheSame('{ "a": null, "b": [] }', data)).toBe(false);
  expect(saysTheSame("Two rows.", data)).toBe(false);
});

test("only what is really long is folded, and never between the halves of a character", () => {
  const lines = (count: number): string => Array.from({ length: count }, () => "line").join("\n");
  expect(beginningOf(lines(18))).toBeNull();
  expect(beginningOf(lines(19))).toBe(lines(14));
  expect(beginningOf("x".repeat(1800))).toBeNull();
  expect(beginningOf("x".repeat(1801))).toHaveLength(1400);
  expect(beginningOf("x".repeat(1399) + "😀".repeat(300))).toBe("x".repeat(1399));
});
