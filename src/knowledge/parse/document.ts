/** What parsing makes of a file, whatever its format: one text, and where in it things are. */

/** What a stretch of text is; everything that is none of the others is a paragraph. */
export type BlockKind = "heading" | "paragraph" | "table" | "code" | "list";

/** A stretch of the document's text: offsets are UTF-16 units, `end` is the first one outside. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Blocks follow each other in the order of the text and never overlap; only white space lies between them. */
export interface Block extends Span {
  readonly kind: BlockKind;
  /** Of a heading: 1 is the outermost. */
  readonly level?: number;
  /** Of a table, whose rows are lines: where the rows end that name the columns. Absent when none does. */
  readonly headerEnd?: number;
}

/** A page, or a slide. Pages follow each other in order; one without text is an empty span. */
export interface PageSpan extends Span {
  /** As readers count them, from 1. */
  readonly number: number;
}

export interface ParsedDocument {
  /** What the file was found to be, whatever was declared. */
  readonly mimeType: string;
  /** The title that the document gives itself. */
  readonly title: string | null;
  /** Well-formed Unicode with `\n` for line breaks and without U+0000; every store can hold it. */
  readonly text: string;
  /** Null where the format has no pages. */
  readonly pages: readonly PageSpan[] | null;
  readonly blocks: readonly Block[];
  /** What else the document says of itself, as `author` or `created`: within the bounds of the contract's metadata. */
  readonly metadata: Readonly<Record<string, string>>;
}
