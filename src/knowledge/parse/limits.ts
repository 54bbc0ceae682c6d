/** How much a document may be, and may cost. */

const MEBIBYTE = 1024 * 1024;

/** What the parsers themselves keep to. */
export interface ParseLimits {
  /** UTF-16 units of the document's text. */
  readonly textLength: number;
  readonly blocks: number;
  readonly pages: number;
  /** Depth of elements, values or message parts in each other. */
  readonly depth: number;
  /** Cells of a row; a row is cut off behind them. */
  readonly columns: number;
  /** Of a zip: entries, and bytes of what is read from it when inflated. */
  readonly zipEntries: number;
  readonly zipBytes: number;
  /** How many times larger than packed the content may become, once it is larger than `zipFreeBytes`. */
  readonly zipRatio: number;
  readonly zipFreeBytes: number;
}

export const PARSE_LIMITS: ParseLimits = {
  textLength: 20_000_000,
  blocks: 400_000,
  pages: 10_000,
  depth: 1_000,
  columns: 1_000,
  zipEntries: 20_000,
  zipBytes: 256 * MEBIBYTE,
  zipRatio: 200,
  zipFreeBytes: 32 * MEBIBYTE,
};
