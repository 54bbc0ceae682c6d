import * as fc from "fast-check";
import { RE2JS } from "re2js";
import { describe, expect, it } from "vitest";
import { compilePattern } from "./pattern.ts";
import { PatternScanner } from "./pattern-scanner.ts";

/** Whether the scanner finds something in the text, character by character. */
function findsInPieces(source: string, text: string): boolean {
  const scanner = new PatternScanner(compilePattern(source));
  const found = Array.from(text, (character) => scanner.push(character).length > 0);
  return found.includes(true) || scanner.pause().length > 0;
}

function isRefused(source: string): boolean {
  try {
    compilePattern(source);
    return false;
  } catch (error) {
    if (String(error).includes("may match nothing")) return true;
    throw error;
  }
}

const atom = fc.constantFrom(
  "a",
  "b",
  "[ab]",
  "[^a]",
  ".",
  "\\w",
  "\\d",
  "\\s",
  "é",
  "(?i:A)",
  "\\pL",
);
const edge = fc.constantFrom("", "", "", "^", "\\b", "\\B", "(?m:^)");
const end = fc.constantFrom("", "", "", "$", "\\b", "\\B", "(?m:$)");
const times = fc.constantFrom("", "", "+", "*", "?", "{2}", "{1,3}", "*?");

const { pattern } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 3 },
    fc.tuple(edge, tie("part"), end).map((parts) => parts.join("")),
    fc.tuple(tie("part"), tie("part")).map((parts) => parts.join("")),
    fc.tuple(tie("part"), tie("part")).map((parts) => `(?:${parts.join("|")})`),
  ),
  part: fc.oneof(
    { maxDepth: 3 },
    fc.tuple(atom, times).map((parts) => parts.join("")),
    fc.tuple(tie("pattern"), times).map(([inner, count]) => `(${inner})${count}`),
  ),
}));

describe("a pattern in pieces", () => {
  it("is found exactly where re2js finds it in the whole text", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", "b", "A", "1", " ", "\n", "é", "👍"),
      maxLength: 12,
    });
    let checked = 0;
    let found = 0;
    fc.assert(
      fc.property(pattern, text, (source, input) => {
        if (isRefused(source)) return;
        checked++;
        const expected = RE2JS.compile(source).test(input);
        if (expected) found++;
        expect(findsInPieces(source, input)).toBe(expected);
      }),
      { numRuns: 5000 },
    );
    expect(checked).toBeGreaterThan(1000);
    expect(found).toBeGreaterThan(300);
  });

  it("says how far the text is settled", () => {
    const scanner = new PatternScanner(compilePattern("b+c|\\bx"));
    const settled = Array.from("abbdbbx", (character) => {
      scanner.push(character);
      return scanner.settled;
    });
    expect(settled).toEqual([1, 1, 1, 4, 4, 4, 7]);
    expect(scanner.push("bc")).toEqual([]);
    expect(scanner.settled).toBe(7);
    expect(scanner.push(".")).toEqual([{ start: 7, end: 9, replacement: null }]);
  });
});
