/** Cutting prose: sentences by the rules of Unicode, and words where a sentence has no end. */
import { estimateTokens } from "../workflow/memory/budget.ts";
import { trimmed } from "./lines.ts";
import type { Span } from "./parse/document.ts";

/** A fixed locale: the same document is cut the same way on every machine. */
const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });

/** Prose is looked at in windows of this many UTF-16 units, so that a line of megabytes costs no more than many short ones. */
const WINDOW = 16_384;

/** The first place at or below `end` that is not in the middle of a character. */
function wholeCharacter(text: string, end: number): number {
  const unit = text.charCodeAt(end);
  return unit >= 0xdc00 && unit <= 0xdfff ? end - 1 : end;
}

/** The sentences of a span in order, without the white space between them. A line break ends a sentence. */
export function* sentences(text: string, { start, end }: Span): Generator<Span> {
  let from = start;
  while (from < end) {
    const last = from + WINDOW >= end;
    const window = text.slice(from, last ? end : wholeCharacter(text, from + WINDOW));
    let next = from;
    for (const { index, segment } of segmenter.segment(window)) {
      const stop = index + segment.length;
      // What the window cuts off begins the next one, unless it is the whole window.
      if (stop === window.length && !last && index > 0) break;
      const span = trimmed(text, { start: from + index, end: from + stop });
      if (span) yield span;
      next = from + stop;
    }
    from = next;
  }
}

/** Cuts a span into parts of at most `maxTokens`, between words where there are any. `maxTokens` is at least 2. */
export function* words(text: string, span: Span, maxTokens: number): Generator<Span> {
  let rest = trimmed(text, span);
  while (rest) {
    // A token is at least one UTF-16 unit and at most four: the cut lies between these bounds.
    let end = Math.min(rest.start + maxTokens * 4, rest.end);
    while (estimateTokens(text.slice(rest.start, end)) > maxTokens) {
      const excess = estimateTokens(text.slice(rest.start, end)) - maxTokens;
      end = Math.max(end - excess, rest.start + maxTokens);
    }
    if (end < rest.end) {
      const space = lastSpace(text, rest.start, end);
      end = space > rest.start ? space : wholeCharacter(text, end);
    }
    const part = trimmed(text, { start: rest.start, end });
    if (part) yield part;
    rest = trimmed(text, { start: end, end: rest.end });
  }
}

/** The last white space in the second half of a span, or -1: words are kept whole, but not at the price of tiny parts. */
function lastSpace(text: string, start: number, end: number): number {
  for (let index = end; index > start + (end - start) / 2; index--) {
    if (/\s/.test(text.charAt(index))) return index;
  }
  return -1;
}
