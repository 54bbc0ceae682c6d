/** Spans of a text: trimmed, by lines, by what stands between blank lines. */
import type { Span } from "./parse/document.ts";

/** The span without the white space at its ends; null when there is nothing else. */
export function trimmed(text: string, { start, end }: Span): Span | null {
  const slice = text.slice(start, end);
  const left = slice.length - slice.trimStart().length;
  if (left === slice.length) return null;
  return { start: start + left, end: start + slice.trimEnd().length };
}

/** Where lines begin and end, without their breaks; blank ones are left out. */
export function* filledLines(text: string, { start, end }: Span): Generator<Span> {
  for (let from = start; from < end;) {
    const found = text.indexOf("\n", from);
    const stop = found === -1 || found > end ? end : found;
    if (trimmed(text, { start: from, end: stop })) yield { start: from, end: stop };
    from = stop + 1;
  }
}

/** What stands between blank lines. */
export function* stanzas(text: string, span: Span): Generator<Span> {
  let start: number | null = null;
  let end = span.start;
  for (const line of filledLines(text, span)) {
    if (start !== null && line.start > end + 1) {
      yield { start, end };
      start = null;
    }
    start ??= line.start;
    end = line.end;
  }
  if (start !== null) yield { start, end };
}
