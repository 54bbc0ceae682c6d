/** Cuts a parsed document into chunks: the passages that are searched, shown to models, and cited. */
import { estimateTokens } from "../workflow/memory/budget.ts";
import { checkOptions, type ChunkOptions, DEFAULT_CHUNKING } from "./chunk-options.ts";
import { commonPath, type Piece, toPieces } from "./chunk-pieces.ts";
import type { PageSpan, ParsedDocument, Span } from "./parse/document.ts";
import { sentences } from "./sentences.ts";

/** A section ends a chunk that has this share of the target; smaller ones are kept together. */
const SECTION_SHARE = 1 / 4;

export interface DraftChunk extends Span {
  /** From 0, in the order of the text. */
  readonly ordinal: number;
  /**
   * The document's text from `start` to `end`. Where a table goes on from an earlier chunk, the rows that name its
   * columns (`repeated`) and a line break stand before that.
   */
  readonly text: string;
  /** The headings that all of it is under, outermost first, as "Guide > Installation". */
  readonly heading: string | null;
  /** Where the part begins that no earlier chunk has. */
  readonly page: number | null;
  /** By `estimateTokens` of `text`. */
  readonly tokens: number;
  /** The header of a table that `text` begins with and that lies outside of `start` and `end`. */
  readonly repeated: Span | null;
}

/**
 * Cuts a document into chunks that follow its headings, paragraphs, tables, code and lists. Whatever is no white space
 * is in one of them. Pure and deterministic; the time is linear in the length of the text.
 * Throws a RangeError when the sizes contradict each other.
 */
export function chunkDocument(
  document: ParsedDocument,
  options: ChunkOptions = DEFAULT_CHUNKING,
): DraftChunk[] {
  checkOptions(options);
  const packer = new Packer(document, options);
  for (const piece of toPieces(document, options.maxTokens)) packer.add(piece);
  return packer.finish();
}

/**
 * Puts pieces together until a chunk is full. Its size is kept as a sum of the pieces' sizes, each rounded up, so it is
 * never too small; only when the sum says that a piece has no room is the chunk measured as a whole.
 */
class Packer {
  readonly #text: string;
  readonly #pages: readonly PageSpan[];
  readonly #options: ChunkOptions;
  readonly #chunks: DraftChunk[] = [];
  /** The pieces of the chunk that is being filled; the first `#repeated` of them the last chunk has too. */
  #pieces: Piece[] = [];
  #repeated = 0;
  #tokens = 0;
  /** Where the page is looked for: chunks come in order. */
  #page = 0;

  constructor(document: ParsedDocument, options: ChunkOptions) {
    this.#text = document.text;
    this.#pages = document.pages ?? [];
    this.#options = options;
  }

  add(piece: Piece): void {
    const { targetTokens, maxTokens } = this.#options;
    if (piece.kind === "heading" && this.#endsWithSection()) this.#close(piece);
    const size = this.#sizeWith(piece);
    if (size <= targetTokens || this.#pieces.length === this.#repeated) {
      this.#append(piece, size);
    } else if (this.#tokens >= targetTokens / 2) {
      this.#close(piece);
      this.add(piece);
    } else if (size <= maxTokens) {
      this.#append(piece, size);
    } else if (piece.kind === "prose") {
      for (const part of this.#parts(piece)) this.add(part);
    } else {
      this.#close(piece);
      this.add(piece);
    }
  }

  finish(): DraftChunk[] {
    this.#emit();
    return this.#chunks;
  }

  /** A new section begins a new chunk unless this one is too small to stand alone. */
  #endsWithSection(): boolean {
    const body = this.#pieces.some(({ kind }) => kind !== "heading");
    return body && this.#tokens >= this.#options.targetTokens * SECTION_SHARE;
  }

  #tokensOf(start: number, end: number): number {
    return estimateTokens(this.#text.slice(start, end));
  }

  /** The size of the chunk with one more piece, the white space before it and the repeated header included. */
  #sizeWith(piece: Piece): number {
    const [first] = this.#pieces;
    const last = this.#pieces.at(-1);
    if (!first || !last) return piece.tokens + this.#headerTokens(piece);
    const more = this.#tokensOf(last.end, piece.start) + piece.tokens;
    if (this.#tokens + more > this.#options.targetTokens) {
      this.#tokens = this.#tokensOf(first.start, last.end) + this.#headerTokens(first);
    }
    return this.#tokens + more;
  }

  #headerTokens({ header }: Piece): number {
    return header ? this.#tokensOf(header.start, header.end) + 1 : 0;
  }

  #append(piece: Piece, size: number): void {
    this.#pieces.push(piece);
    this.#tokens = size;
  }

  #parts(piece: Piece): Piece[] {
    return [...sentences(this.#text, piece)].map(({ start, end }) => ({
      ...piece,
      kind: "sentence",
      start,
      end,
      tokens: this.#tokensOf(start, end),
    }));
  }

  /** Ends the chunk before `next`, and begins the one after it with what both shall have. */
  #close(next: Piece): void {
    const headings = this.#headingsAtEnd();
    const carried = headings.length > 0 ? headings : this.#overlap(next);
    if (headings.length > 0) this.#pieces.length -= headings.length;
    this.#emit();
    this.#pieces = [];
    this.#tokens = 0;
    for (const piece of carried) this.#append(piece, this.#sizeWith(piece));
    this.#repeated = headings.length > 0 ? 0 : carried.length;
  }

  /** Headings that stand last go with what they head, unless there is nothing but headings. */
  #headingsAtEnd(): Piece[] {
    const body = this.#pieces.findLastIndex(({ kind }) => kind !== "heading");
    return body === -1 ? [] : this.#pieces.slice(body + 1);
  }

  /** The last sentences of this chunk, as many as may be repeated before `next`. */
  #overlap(next: Piece): Piece[] {
    const flows = ({ kind, path }: Piece): boolean =>
      (kind === "prose" || kind === "sentence") && path === next.path;
    const overlap: Piece[] = [];
    if (!flows(next)) return overlap;
    const { overlapTokens, maxTokens } = this.#options;
    const room = Math.min(overlapTokens, maxTokens - next.tokens);
    // What was repeated already is not repeated again, and never all of a chunk: the chunks go forward.
    for (const piece of this.#pieces.slice(this.#repeated).toReversed()) {
      if (!flows(piece)) return overlap;
      const parts = piece.kind === "prose" ? this.#parts(piece) : [piece];
      for (const part of parts.toReversed()) {
        // Each part and each gap is rounded up by itself.
        const rounding = 2 * (overlap.length + 1);
        if (this.#tokensOf(part.start, next.start) + rounding > room) return overlap;
        if (part.start === this.#pieces[0]?.start) return overlap;
        overlap.unshift(part);
      }
    }
    return overlap;
  }

  #emit(): void {
    const first = this.#pieces[0];
    const last = this.#pieces.at(-1);
    const own = this.#pieces[this.#repeated];
    if (!first || !last || !own) return;
    const repeated = first.header;
    const { start, end } = { start: first.start, end: last.end };
    const header = repeated ? `${this.#text.slice(repeated.start, repeated.end)}\n` : "";
    const text = header + this.#text.slice(start, end);
    this.#chunks.push({
      ordinal: this.#chunks.length,
      text,
      heading: commonPath(this.#pieces).join(" > ") || null,
      page: this.#pageOf(own.start),
      start,
      end,
      tokens: estimateTokens(text),
      repeated,
    });
  }

  #pageOf(offset: number): number | null {
    while ((this.#pages[this.#page + 1]?.start ?? Infinity) <= offset) this.#page++;
    return this.#pages[this.#page]?.number ?? null;
  }
}
