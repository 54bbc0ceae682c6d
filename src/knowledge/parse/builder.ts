/** Puts a document together from what a parser finds, in reading order, within the limits. */
import type { Block, BlockKind, PageSpan, ParsedDocument } from "./document.ts";
import { DocumentError } from "./errors.ts";
import type { ParseLimits } from "./limits.ts";
import { cleanText, metadataOf, oneLine, withoutBlankEnds } from "./text.ts";

export interface TableOptions {
  /** How many rows at the top name the columns; without it, the first one does if it looks like it. */
  readonly headerRows?: number;
}

export class DocumentBuilder {
  readonly #limits: ParseLimits;
  readonly #parts: string[] = [];
  readonly #blocks: Block[] = [];
  readonly #pages: PageSpan[] = [];
  #length = 0;
  #pageStart: number | null = null;
  #firstHeading: string | null = null;

  constructor(limits: ParseLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#length;
  }

  /** A heading; level 1 is the outermost. */
  heading(level: number, text: string): void {
    const line = oneLine(text);
    if (line !== "" && level === 1) this.#firstHeading ??= line;
    this.#block("heading", line, { level: Math.min(Math.max(Math.trunc(level), 1), 6) });
  }

  /** Text of any kind; its line breaks are kept. Blank text is left out. */
  block(kind: Exclude<BlockKind, "heading" | "table">, text: string): void {
    this.#block(kind, withoutBlankEnds(cleanText(text)));
  }

  /** A table; returns where its rows go, one by one. Rows without any text are left out. */
  table(options: TableOptions = {}): TableBuilder {
    return new TableBuilder(this, this.#limits, options);
  }

  /** Text that is in the document as it is, with blocks whose offsets count from its start. */
  verbatim(text: string, blocks: Iterable<Block>): void {
    this.#room(text.length);
    const base = this.#separate();
    this.#append(text);
    for (const block of blocks) {
      const headerEnd = block.headerEnd === undefined ? {} : { headerEnd: base + block.headerEnd };
      this.#push({ ...block, start: base + block.start, end: base + block.end, ...headerEnd });
    }
  }

  /** What comes next is on the next page; pages are numbered from 1. */
  nextPage(): void {
    this.#endPage();
    if (this.#pages.length >= this.#limits.pages) {
      throw new DocumentError(
        "limit",
        `The document has more than ${this.#limits.pages} pages. Split it and upload the parts.`,
      );
    }
    this.#pageStart = this.#length === 0 ? 0 : this.#separate();
  }

  /** The document. Throws a DocumentError of reason `empty` if it has no text. */
  finish(about: {
    mimeType: string;
    title?: string | null | undefined;
    metadata?: Readonly<Record<string, unknown>>;
    /** What to do about a document without text. */
    whenEmpty?: string;
  }): ParsedDocument {
    this.#endPage();
    const text = this.#parts.join("");
    if (text.trim() === "") {
      throw new DocumentError(
        "empty",
        about.whenEmpty ?? "The file has no text in it. Check that it is the right one.",
      );
    }
    return {
      mimeType: about.mimeType,
      title:
        oneLine(about.title ?? "")
          .slice(0, 500)
          .toWellFormed() || this.#firstHeading,
      text,
      pages: this.#pages.length > 0 ? this.#pages : null,
      blocks: this.#blocks,
      metadata: metadataOf(about.metadata ?? {}),
    };
  }

  /** For TableBuilder: adds what is clean already. */
  rows(lines: string, headerLength: number): void {
    const start = this.#separate();
    this.#append(lines);
    this.#push({
      kind: "table",
      start,
      end: this.#length,
      ...(headerLength > 0 && { headerEnd: start + headerLength }),
    });
  }

  #block(kind: BlockKind, text: string, more: Pick<Block, "level"> = {}): void {
    if (text === "") return;
    const start = this.#separate();
    this.#append(text);
    this.#push({ kind, start, end: this.#length, ...more });
  }

  #push(block: Block): void {
    if (this.#blocks.length >= this.#limits.blocks) {
      throw new DocumentError(
        "limit",
        `The document has more than ${this.#limits.blocks} paragraphs. Split it and upload the parts.`,
      );
    }
    this.#blocks.push(block);
  }

  /** Puts a blank line after what is there, and returns where the next thing begins. */
  #separate(): number {
    const atStart = this.#length === 0 || this.#length === this.#pageStart;
    if (!atStart) this.#append("\n\n");
    return this.#length;
  }

  #append(text: string): void {
    this.#room(text.length);
    this.#parts.push(text);
    this.#length += text.length;
  }

  #room(length: number): void {
    if (this.#length + length <= this.#limits.textLength) return;
    const millions = this.#limits.textLength / 1_000_000;
    throw new DocumentError(
      "limit",
      `The document has more than ${millions} million characters of text. Split it and upload the parts.`,
    );
  }

  #endPage(): void {
    if (this.#pageStart === null) return;
    this.#pages.push({
      number: this.#pages.length + 1,
      start: this.#pageStart,
      end: this.#length,
    });
  }
}

/** Takes a table's rows one after the other, each becoming a line of cells with bars between them. */
export class TableBuilder {
  readonly #document: DocumentBuilder;
  readonly #limits: ParseLimits;
  readonly #headerRows: number | undefined;
  readonly #lines: string[] = [];
  #length = 0;
  #headerLength = 0;

  constructor(document: DocumentBuilder, limits: ParseLimits, { headerRows }: TableOptions) {
    this.#document = document;
    this.#limits = limits;
    this.#headerRows = headerRows;
  }

  row(cells: readonly string[]): void {
    const clean = cells.slice(0, this.#limits.columns).map(oneLine);
    const filled = clean.findLastIndex((cell) => cell !== "") + 1;
    if (filled === 0) return;
    const line = clean.slice(0, filled).join(" | ");
    if (this.#namesColumns(clean.slice(0, filled))) this.#headerLength += line.length + 1;
    this.#lines.push(line);
    this.#length += line.length + 1;
    if (this.#document.length + this.#length > this.#limits.textLength) this.end();
  }

  /** Puts the table into the document. */
  end(): void {
    if (this.#lines.length === 0) return;
    this.#document.rows(this.#lines.join("\n"), Math.max(0, this.#headerLength - 1));
    this.#lines.length = 0;
    this.#length = 0;
    this.#headerLength = 0;
  }

  #namesColumns(cells: readonly string[]): boolean {
    const index = this.#lines.length;
    if (this.#headerRows !== undefined) return index < this.#headerRows;
    const isName = (cell: string): boolean => cell !== "" && Number.isNaN(Number(cell));
    return index === 0 && cells.length > 1 && cells.every(isName);
  }
}
