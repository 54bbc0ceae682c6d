/**
 * Markdown: the text stays as it was written, and its outermost blocks are found. Line by line, in linear time: a full
 * parser takes a second for each megabyte, and minutes or the whole stack for lists and quotes nested on purpose.
 */
import type { DocumentBuilder } from "../builder.ts";
import type { Block, ParsedDocument, Span } from "../document.ts";
import { cleanText } from "../text.ts";

const MARKDOWN = "text/markdown";

/** Reads Markdown into the builder. */
export function parseMarkdown(decoded: string, builder: DocumentBuilder): ParsedDocument {
  const text = cleanText(decoded);
  const blocks = [...markdownBlocks(text)];
  builder.verbatim(text, blocks);
  return builder.finish({ mimeType: MARKDOWN, title: titleOf(text, blocks) });
}

/** The title of the front matter, else the first heading of level 1. */
function titleOf(text: string, blocks: readonly Block[]): string | null {
  const [first] = blocks;
  if (first?.start === 0 && text.startsWith("---\n")) {
    const title = /^title:[ \t]*(.{1,500})$/m.exec(text.slice(0, Math.min(first.end, 10_000)))?.[1];
    if (title !== undefined) return title.trim().replace(/^(["'])(.*)\1$/, "$2");
  }
  const heading = blocks.find(({ kind, level }) => kind === "heading" && level === 1);
  if (!heading) return null;
  const [line = ""] = text
    .slice(heading.start, Math.min(heading.end, heading.start + 500))
    .split("\n");
  return line
    .replace(/^\s*#\s+/, "")
    .replace(/\s#+\s*$/, "")
    .replaceAll(/[*`]/g, "");
}

interface Line extends Span {
  /** Without the spaces at its ends, and cut off: long lines are paragraphs, whatever comes behind. */
  readonly bare: string;
  /** Columns of white space in front. */
  readonly indent: number;
}

/** As much of a line as decides what it is. */
const DECISIVE = 1000;

function* linesOf(text: string): Generator<Line> {
  for (let start = 0; start < text.length;) {
    const found = text.indexOf("\n", start);
    const end = found === -1 ? text.length : found;
    const head = text.slice(start, Math.min(end, start + DECISIVE));
    const space = /^[ \t]*/.exec(head)?.[0] ?? "";
    yield { start, end, bare: head.trim(), indent: space.replaceAll("\t", "    ").length };
    start = end + 1;
  }
}

/** The outermost blocks of a text in order; what is neither heading, table, code nor list is a paragraph. */
export function* markdownBlocks(text: string): Generator<Block> {
  const lines = new Peekable(linesOf(text));
  for (let line = lines.next(); line; line = lines.next()) {
    if (line.bare === "") continue;
    if (line.start === 0 && line.bare === "---") yield frontMatter(line, lines);
    else if (fenceOf(line)) yield fenced(line, lines);
    else if (line.indent >= 4) yield indented(line, lines);
    else if (levelOf(line))
      yield { kind: "heading", level: levelOf(line), start: line.start, end: line.end };
    else if (isItem(line)) yield list(line, lines);
    else if (startsTable(line, lines.peek())) yield table(line, lines);
    else yield paragraph(line, lines);
  }
}

class Peekable {
  readonly #lines: Generator<Line>;
  #ahead: Line | null = null;

  constructor(lines: Generator<Line>) {
    this.#lines = lines;
  }

  peek(): Line | null {
    return (this.#ahead ??= this.#lines.next().value ?? null);
  }

  next(): Line | null {
    const line = this.peek();
    this.#ahead = null;
    return line;
  }

  /** Takes lines as long as a rule holds; returns where the last of them ends, blank ones at the end apart. */
  takeWhile(end: number, rule: (line: Line, afterBlank: boolean) => boolean): number {
    let afterBlank = false;
    let last = end;
    for (let line = this.peek(); line && rule(line, afterBlank); line = this.peek()) {
      this.next();
      afterBlank = line.bare === "";
      if (!afterBlank) last = line.end;
    }
    return last;
  }
}

function levelOf({ bare, indent }: Line): number {
  return indent < 4 ? (/^(#{1,6})(?:\s|$)/.exec(bare)?.[1]?.length ?? 0) : 0;
}

function fenceOf({ bare, indent }: Line): string | null {
  if (indent >= 4) return null;
  const fence = /^(?:`{3,}|~{3,})/.exec(bare)?.[0] ?? null;
  // Backticks behind it in the same line make it code within a line.
  return fence?.startsWith("`") && bare.includes("`", fence.length) ? null : fence;
}

function isItem({ bare, indent }: Line): boolean {
  return indent < 4 && /^(?:[-*+]|\d{1,9}[.)])(?:\s|$)/.test(bare) && !isRule(bare);
}

function isRule(bare: string): boolean {
  const marks = bare.replaceAll(/\s/g, "");
  return marks.length >= 3 && /^(?:\*+|-+|_+)$/.test(marks);
}

/** The row below the header of a table: `| --- | :-: |`. */
function isDelimiterRow({ bare }: Line): boolean {
  return bare.includes("-") && bare.includes("|") && /^[|:\-\s]+$/.test(bare);
}

function startsTable(line: Line, next: Line | null): boolean {
  return line.bare.includes("|") && next !== null && isDelimiterRow(next);
}

/** Whether a line ends a paragraph above it without a blank line. */
function interrupts(line: Line): boolean {
  return (
    line.bare === "" ||
    levelOf(line) > 0 ||
    fenceOf(line) !== null ||
    isItem(line) ||
    isRule(line.bare)
  );
}

function frontMatter(first: Line, lines: Peekable): Block {
  const end = lines.takeWhile(first.end, ({ bare }) => bare !== "---" && bare !== "...");
  return { kind: "code", start: first.start, end: lines.next()?.end ?? end };
}

function fenced(first: Line, lines: Peekable): Block {
  const fence = fenceOf(first) ?? "";
  const closes = (line: Line): boolean =>
    (fenceOf(line)?.startsWith(fence) ?? false) && fenceOf(line) === line.bare;
  const end = lines.takeWhile(first.end, (line) => !closes(line));
  return { kind: "code", start: first.start, end: lines.next()?.end ?? end };
}

function indented(first: Line, lines: Peekable): Block {
  const end = lines.takeWhile(first.end, ({ bare, indent }) => bare === "" || indent >= 4);
  return { kind: "code", start: first.start, end };
}

function list(first: Line, lines: Peekable): Block {
  const end = lines.takeWhile(first.end, (line, afterBlank) => {
    if (line.bare === "" || line.indent >= 2 || isItem(line)) return true;
    return !afterBlank && !interrupts(line);
  });
  return { kind: "list", start: first.start, end };
}

function table(first: Line, lines: Peekable): Block {
  const headerEnd = lines.next()?.end ?? first.end;
  const end = lines.takeWhile(headerEnd, (line) => !interrupts(line) && line.bare.includes("|"));
  return { kind: "table", start: first.start, end, headerEnd };
}

function paragraph(first: Line, lines: Peekable): Block {
  let previous = first;
  const end = lines.takeWhile(first.end, (line) => {
    if (/^(?:=+|-+)$/.test(line.bare) || interrupts(line)) return false;
    const follows = !startsTable(previous, line);
    previous = line;
    return follows;
  });
  const next = lines.peek();
  // A line of = or - below makes it a heading.
  const underline = next && next.start === end + 1 ? /^(?:=+|-+)$/.exec(next.bare)?.[0] : undefined;
  if (underline === undefined || isRule(first.bare))
    return { kind: "paragraph", start: first.start, end };
  const level = underline.startsWith("=") ? 1 : 2;
  return { kind: "heading", level, start: first.start, end: lines.next()?.end ?? end };
}
