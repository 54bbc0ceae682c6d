import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Citation } from "../../contract/messages.ts";
import { citedIn } from "./citations.ts";

function passages(count: number): Citation[] {
  return Array.from({ length: count }, (_, at) => ({
    index: at + 1,
    document_id: "doc_1",
    document_title: "Handbook",
    chunk_id: `chk_${at + 1}`,
    page: null,
    start: 0,
    end: 4,
    score: 1 - at / 100,
    excerpt: "Four",
    url: null,
  }));
}

const NINE = passages(9);

/** The numbers that a text cites of nine passages. */
function cited(text: string): number[] {
  return citedIn(text, NINE).citations.map(({ index }) => index);
}

/** How many numbers of a text are none of nine passages'. */
function dropped(text: string): number {
  return citedIn(text, NINE).dropped;
}

describe("a mark", () => {
  it.each<[string, number[]]>([
    ["The sky is blue [1].", [1]],
    ["The sky is blue[1].", [1]],
    ["[2] says so.", [2]],
    ["Both say so [1][2].", [1, 2]],
    ["Both say so [1] [2].", [1, 2]],
    ["Both say so [1, 2].", [1, 2]],
    ["All say so [1,2; 3].", [1, 2, 3]],
    ["All say so [2-4] and [7–8].", [2, 3, 4, 7, 8]],
    ["All say so [ 1 , 3 - 4 ].", [1, 3, 4]],
    ["Over a line [1,\n2].", [1, 2]],
    ["**Bold [1]**, _italic_ [2], | cell [3] |", [1, 2, 3]],
    ["As in [1] (see there).", [1]],
    ["As [1]: they say so.", [1]],
    ["([1]) and [[2]] and “[3]”", [1, 2, 3]],
    ["Leading noughts [01] [002].", [1, 2]],
    ["[1]", [1]],
  ])("is found in %j", (text, expected) => {
    expect([cited(text), dropped(text)]).toEqual([expected, 0]);
  });

  it.each([
    ["a link", "Blue [1](https://example.org)."],
    ["a link to a place in the answer", "Blue [1](#one)."],
    ["an image", "![1](sky.png)"],
    ["a reference definition", "Text.\n\n[1]: https://example.org"],
    ["a reference definition with a title", 'Text.\n\n  [1]: <https://example.org> "Sky"  '],
    ["a footnote", "Blue [^1].\n\n[^1]: It is."],
    ["escaped", "Blue \\[1] or \\[1\\]."],
    ["no number", "Blue [a], [one], [n], [x1], [1a], [1.5], [-1], [1/2], [#1], [p. 1]."],
    ["a number of four digits", "In [2024] and [1000-1002]."],
    ["malformed", "Blue [1,], [,1], [1 2], [1;;2], [1-], [1--2], [1, a], [], [ ], [1-2-3]."],
    ["left open", "Blue [1, and [2 and 3] and 4]."],
    ["of other brackets", "Blue (1), {1}, <1>, ¹, 1]."],
    ["a range that runs backwards", "Blue [4-2]."],
    ["a range too wide for one", "From [1-51]."],
  ])("is none when it is %s", (_, text) => {
    expect([cited(text), dropped(text)]).toEqual([[], 0]);
  });

  it("is none in inline code, however many backticks hold it", () => {
    expect(cited("Use `list[1]` or ``a ` b[2]`` [3].")).toEqual([3]);
    expect(cited("Over\n`two [1]\nlines` [2].")).toEqual([2]);
    expect(cited("`[1]`[2]`[3]`")).toEqual([2]);
  });

  it("is one behind a backtick that begins no code", () => {
    expect(cited("A ` alone [1].")).toEqual([1]);
    expect(cited("Two ` that `` differ [1].")).toEqual([1]);
    expect(cited("An escaped \\` and `code [2]` [1].")).toEqual([1]);
    expect(cited("One ` here [1].\n\nAnd ` there [2].")).toEqual([1, 2]);
    expect(cited("- one ` [1]\n- two ` [2]\n1. three ` [3]\n# four ` [4]\n| ` [5] |")).toEqual([
      1, 2, 3, 4, 5,
    ]);
  });

  it.each([
    ["backticks", "```\nlist[1]\n```"],
    ["tildes", "~~~ts\nlist[1]\n~~~"],
    ["a language", "```ts title=x\nlist[1]\n```"],
    ["a longer fence around a shorter", "````\n```\nlist[1]\n```\nlist[1]\n````"],
    ["the other fence inside", "```\n~~~\nlist[1]\n```"],
    ["a fence in a list", "- so:\n\n  ```\n  list[1]\n  ```"],
    ["a fence on the line of a list item", "1. ```\n   list[1]\n   ```"],
    ["a fence in a quotation", "> ```\n> list[1]\n> ```"],
    ["a line that only looks like its end", "```\n``` no\nlist[1]\n```"],
    ["Windows' line ends", "```\r\nlist[1]\r\n```\r"],
  ])("is none in fenced code: %s", (_, code) => {
    expect(cited(`Before [2].\n\n${code}\n\nBehind [3].`)).toEqual([2, 3]);
  });

  it("is none in code that was cut off, and one behind what only looks like fenced code", () => {
    expect(cited("Before [2].\n```ts\nlist[1]\n\nstill [3]")).toEqual([2]);
    expect(cited("```inline [1]``` and [2]")).toEqual([2]);
    expect(cited("``\n[1]\n``\n\n[2]")).toEqual([2]);
  });

  it("that was cut off is none", () => {
    expect(cited("Blue [1] and [2")).toEqual([1]);
    expect(cited("Blue [1] and [2, ")).toEqual([1]);
  });
});

describe("what an answer cites", () => {
  it("is each passage once, in the order of the numbers, as it was given", () => {
    expect(citedIn("[3] [1] [3, 1] [2-3]", NINE).citations).toEqual(NINE.slice(0, 3));
    expect(citedIn("[2][1]", NINE.toReversed()).citations).toEqual(NINE.slice(0, 2));
  });

  it("is nothing that was not given; such numbers are counted, each once", () => {
    expect(citedIn("[0] [1] [10] [10, 99] [999]", NINE)).toEqual({
      citations: NINE.slice(0, 1),
      dropped: 4,
    });
    expect(citedIn("[8-12]", NINE)).toEqual({ citations: NINE.slice(7), dropped: 3 });
    expect(citedIn("[1]", [])).toEqual({ citations: [], dropped: 1 });
    expect(citedIn("`[10]` [11](x)", NINE)).toEqual({ citations: [], dropped: 0 });
    expect(citedIn("", NINE)).toEqual({ citations: [], dropped: 0 });
  });

  it("takes as many as a search may give, in one range", () => {
    expect(citedIn("[1-50]", passages(50)).citations).toHaveLength(50);
  });

  it("is found whatever an answer looks like, and only among what was given", () => {
    const part = fc.constantFrom(
      ..."`~[](),;-1 \n\\:>*|#".split(""),
      "```\n",
      "[1]",
      "[12, 3]",
      "word",
      "🎈",
      "[1]: x",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
        const found = citedIn(parts.join(""), NINE);
        expect(found.dropped).toBeGreaterThanOrEqual(0);
        expect(NINE).toEqual(expect.arrayContaining(found.citations));
        // Text of its own behind an answer adds what it cites, unless the answer ends within code.
        const longer = citedIn(`${parts.join("").replaceAll(/[`~]/g, "")}\n\n[9]`, NINE);
        expect(longer.citations.at(-1)).toEqual(NINE[8]);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["brackets", "[".repeat(200_000)],
    ["marks that never end", "[1, ".repeat(50_000)],
    ["numbers", `[${"1,".repeat(100_000)}`],
    ["white space", `[1${" ".repeat(200_000)}x`],
    ["backticks", "`[1]``".repeat(30_000)],
    [
      "runs of backticks that all differ",
      Array.from({ length: 600 }, (_, at) => `${"`".repeat(at + 1)}[1] `).join(""),
    ],
    ["definitions", `[1]: ${"x ".repeat(100_000)}`],
    ["quotations of lists", `${"> - ".repeat(50_000)}[1]`],
    ["lines", "[1]\n".repeat(50_000)],
  ])("is found in no time among 200,000 characters of %s", (_, text) => {
    const since = performance.now();
    citedIn(text, NINE);
    expect(performance.now() - since).toBeLessThan(1000);
  });
});
