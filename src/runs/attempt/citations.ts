/** Which passages an answer cites: the marks `[n]` in its text, held against what its run was given. */
import type { Citation } from "../../contract/messages.ts";

/** What became of an answer's marks. */
export interface CitedPassages {
  /** The passages whose number is cited, by their number; each once. */
  readonly citations: Citation[];
  /** How many different numbers are cited that no passage has. */
  readonly dropped: number;
}

/** No search gives more passages; a wider range is one of years, pages or values. */
const WIDEST_RANGE = 50;

/** A line that begins fenced code, also within lists and quotations. What follows backticks has none itself. */
const FENCE = /^(?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*(`{3,}(?=[^`]*$)|~{3,})/;

/** A line that ends fenced code, if its mark is the same and as long. */
const FENCE_END = /^[ \t>]*(`{3,}|~{3,})[ \t]*$/;

/** A line that begins a paragraph of its own, so that no inline code reaches over it: list items, headings, rows. */
const BLOCK_START = /^[ \t]*(?:[-*+][ \t]|\d{1,9}[.)][ \t]|#{1,6}[ \t]|[>|])/;

/** `[1]: address "title"`, which Markdown shows nothing of. A line of words after the colon is no definition. */
const DEFINITION =
  /^[ \t]{0,3}\[\d{1,3}\]:[ \t]*(?:<[^<>]*>|[^\s<]\S*)(?:[ \t]+(?:"[^"]*"|'[^']*'|\([^()]*\)))?[ \t]*$/;

/** `[1]`, `[1, 2]`, `[1,2; 3]`, `[1-3]`; not `[1](address)`, and not `\[1]`, which means the brackets themselves. */
const MARK =
  /(?<!\\)\[\s*(\d{1,3}(?:\s*[-–]\s*\d{1,3})?(?:\s*[,;]\s*\d{1,3}(?:\s*[-–]\s*\d{1,3})?)*)\s*\](?!\()/g;

/** The paragraphs of a Markdown text without its fenced code; code that never ends goes to the end of the text. */
function* paragraphs(text: string): Generator<string, void, undefined> {
  let fence: string | null = null;
  let paragraph: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (fence !== null) {
      if (FENCE_END.exec(line)?.[1]?.startsWith(fence)) fence = null;
      continue;
    }
    fence = FENCE.exec(line)?.[1] ?? null;
    if (fence !== null || line.trim() === "" || BLOCK_START.test(line)) {
      yield paragraph.join("\n");
      paragraph = [];
    }
    if (fence === null && !DEFINITION.test(line)) paragraph.push(line);
  }
  yield paragraph.join("\n");
}

/** For each row of backticks the next one of the same length; undefined where there is none. */
function partnersOf(rows: readonly RegExpExecArray[]): (number | undefined)[] {
  const next = new Map<number, number>();
  // From the end, so that a text of nothing but backticks is read once too.
  return rows
    .toReversed()
    .map(([row], fromEnd) => {
      const partner = next.get(row.length);
      next.set(row.length, rows.length - 1 - fromEnd);
      return partner;
    })
    .toReversed();
}

/** A paragraph without the code between backticks, which has as many at its end as at its beginning. */
function withoutInlineCode(paragraph: string): string {
  const rows = [...paragraph.matchAll(/`+/g)];
  const partners = partnersOf(rows);
  let prose = "";
  let from = 0;
  for (const [at, { index }] of rows.entries()) {
    const end = rows[partners[at] ?? rows.length];
    if (index < from || !end || paragraph[index - 1] === "\\") continue;
    // What stands before and behind code stays apart: `[`code`1]` is no mark.
    prose += `${paragraph.slice(from, index)}\``;
    from = end.index + end[0].length;
  }
  return prose + paragraph.slice(from);
}

/** The numbers that a mark names, such as `1, 3-5`. A range that runs backwards, or too far, names none. */
function numbersIn(mark: string): number[] {
  return mark.split(/[,;]/).flatMap((part) => {
    const [first = 0, last = first] = part.split(/[-–]/).map(Number);
    const length = last - first + 1;
    if (length < 1 || length > WIDEST_RANGE) return [];
    return Array.from({ length }, (_, index) => first + index);
  });
}

/** The different numbers that a text cites. */
function citedNumbers(text: string): Set<number> {
  const numbers = new Set<number>();
  // Most texts have no mark at all, and need no look at their code.
  if (!/\[\s*\d/.test(text)) return numbers;
  for (const paragraph of paragraphs(text)) {
    for (const [, mark = ""] of withoutInlineCode(paragraph).matchAll(MARK)) {
      for (const number of numbersIn(mark)) numbers.add(number);
    }
  }
  return numbers;
}

/** Finds what an answer cites among `supplied`, the passages that its run was given. Marks in code and links are none. */
export function citedIn(text: string, supplied: readonly Citation[]): CitedPassages {
  const numbers = citedNumbers(text);
  const citations = supplied
    .filter(({ index }) => numbers.has(index))
    .toSorted((a, b) => a.index - b.index);
  return { citations, dropped: numbers.size - citations.length };
}
