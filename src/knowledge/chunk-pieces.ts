/** The pieces that chunks are made of: a paragraph, a row, a stanza of code; none is larger than a chunk may be. */
import { estimateTokens } from "../workflow/memory/budget.ts";
import { filledLines, stanzas, trimmed } from "./lines.ts";
import type { Block, ParsedDocument, Span } from "./parse/document.ts";
import { sentences, words } from "./sentences.ts";

export interface Piece extends Span {
  /** Prose flows on: its sentences may be parted, and repeated in the next chunk. */
  readonly kind: "heading" | "prose" | "sentence" | "row" | "code";
  readonly tokens: number;
  /** The headings above it, outermost first; a heading's own is the last. The same array for all of a section. */
  readonly path: readonly string[];
  /** Of a row below a header: the header. */
  readonly header: Span | null;
}

/** A heading's words on a chunk, in UTF-16 units: a heading may be wrongly a whole paragraph. */
const MAX_TITLE = 200;

/** A header that takes more of a chunk than this share is not worth repeating. */
const MAX_HEADER_SHARE = 1 / 3;

/** The words of a heading, without the marks that Markdown leaves in the text. */
function titleOf(text: string, { start, end }: Span): string {
  const [line = ""] = text.slice(start, Math.min(end, start + 2 * MAX_TITLE)).split("\n");
  const bare = line.replace(/^#{1,6}\s+/, "").replace(/\s+#+\s*$/, "");
  return bare.replaceAll(/[*`]/g, "").trim().slice(0, MAX_TITLE).toWellFormed();
}

/** Turns a document into pieces, in the order of its text, of at most `maxTokens` each. */
export function* toPieces(document: ParsedDocument, maxTokens: number): Generator<Piece> {
  const cutter = new Cutter(document.text, maxTokens);
  let reached = 0;
  for (const block of document.blocks) {
    yield* cutter.between(reached, block.start);
    yield* cutter.block(block);
    reached = block.end;
  }
  yield* cutter.between(reached, document.text.length);
}

class Cutter {
  readonly #text: string;
  readonly #maxTokens: number;
  /** The headings above, with their levels. */
  #above: { level: number; title: string }[] = [];
  #path: readonly string[] = [];

  constructor(text: string, maxTokens: number) {
    this.#text = text;
    this.#maxTokens = maxTokens;
  }

  /** What lies outside the blocks. It should be white space; if it is not, it is not lost. */
  *between(start: number, end: number): Generator<Piece> {
    if (end > start) yield* this.#flowing({ start, end }, sentences);
  }

  *block(block: Block): Generator<Piece> {
    switch (block.kind) {
      case "heading":
        yield* this.#heading(block);
        break;
      case "paragraph":
        yield* this.#flowing(block, sentences);
        break;
      case "list":
        yield* this.#flowing(block, filledLines);
        break;
      case "table":
        yield* this.#table(block);
        break;
      case "code":
        yield* this.#code(block);
        break;
    }
  }

  *#heading(block: Block): Generator<Piece> {
    const span = trimmed(this.#text, block);
    if (!span) return;
    const level = block.level ?? 1;
    const title = titleOf(this.#text, span);
    this.#above = [...this.#above.filter((each) => each.level < level), { level, title }];
    this.#path = this.#above.map((each) => each.title).filter((each) => each !== "");
    yield* this.#atMost("heading", span);
  }

  #piece(kind: Piece["kind"], { start, end }: Span, header: Span | null = null): Piece {
    const tokens = estimateTokens(this.#text.slice(start, end));
    return { kind, start, end, tokens, path: this.#path, header };
  }

  /** The span as one piece if it is small enough, else in parts between words. */
  *#atMost(kind: Piece["kind"], span: Span, maxTokens = this.#maxTokens): Generator<Piece> {
    const piece = this.#piece(kind, span);
    if (piece.tokens <= maxTokens) yield piece;
    else for (const part of words(this.#text, span, maxTokens)) yield this.#piece(kind, part);
  }

  /** Prose as one piece if it is small enough, else in the parts that it is given. */
  *#flowing(span: Span, parts: (text: string, span: Span) => Iterable<Span>): Generator<Piece> {
    const whole = trimmed(this.#text, span);
    if (!whole) return;
    const piece = this.#piece("prose", whole);
    if (piece.tokens <= this.#maxTokens) yield piece;
    else for (const part of parts(this.#text, whole)) yield* this.#atMost("sentence", part);
  }

  *#table(block: Block): Generator<Piece> {
    const { start, headerEnd = block.start } = block;
    const span = trimmed(this.#text, { start, end: headerEnd });
    if (span) yield* this.#atMost("row", span);
    const tokens = span ? this.#piece("row", span).tokens : 0;
    const header = tokens <= this.#maxTokens * MAX_HEADER_SHARE ? span : null;
    // The line break below the header counts too.
    const room = this.#maxTokens - (header ? tokens + 1 : 0);
    for (const row of filledLines(this.#text, { start: headerEnd, end: block.end })) {
      for (const part of this.#atMost("row", row, room)) yield { ...part, header };
    }
  }

  *#code(block: Block): Generator<Piece> {
    for (const stanza of stanzas(this.#text, block)) {
      const piece = this.#piece("code", stanza);
      if (piece.tokens <= this.#maxTokens) yield piece;
      else for (const line of filledLines(this.#text, stanza)) yield* this.#atMost("code", line);
    }
  }
}

/** The headings that all pieces are under. A heading of the pieces counts only where nothing else is among them. */
export function commonPath(pieces: readonly Piece[]): readonly string[] {
  const body = pieces.filter(({ kind }) => kind !== "heading");
  const [first = [], ...others] = (body.length > 0 ? body : pieces).map(({ path }) => path);
  return first.filter((_, index) =>
    others.every((other) => other === first || startsAlike(first, other, index)),
  );
}

function startsAlike(one: readonly string[], other: readonly string[], last: number): boolean {
  return one.slice(0, last + 1).every((each, index) => each === other[index]);
}
