/** What the content of a page is made of. */
import type { DocumentBuilder } from "../builder.ts";

export type Content =
  | { readonly kind: "heading"; readonly level: number; readonly text: string }
  | { readonly kind: "paragraph" | "list" | "code"; readonly text: string }
  | { readonly kind: "table"; readonly rows: readonly string[][]; readonly headerRows: number };

/** A table that is being read. */
export interface Table {
  rows: string[][];
  headerRows: number;
  /** Whether the row that is open has header cells only. */
  isHeader: boolean;
  /** The text of the cell that is open. */
  cell: string | null;
  /** A table that holds paragraphs or tables is there to arrange them: its cells are read one after the other. */
  isLayout: boolean;
}

export function newTable(isLayout: boolean): Table {
  return { rows: [], headerRows: 0, isHeader: true, cell: null, isLayout };
}

/** Single spaces, and none beside the line breaks that were asked for. */
export function tidy(raw: string): string {
  return raw
    .replaceAll(/ {2,}/g, " ")
    .replaceAll(/ ?\n ?/g, "\n")
    .trim();
}

/** Puts a part into a document. */
export function writeContent(builder: DocumentBuilder, content: Content): void {
  if (content.kind === "heading") {
    builder.heading(content.level, content.text);
  } else if (content.kind === "table") {
    const { rows, headerRows } = content;
    const table = builder.table(headerRows > 0 ? { headerRows } : {});
    for (const row of rows) table.row(row);
    table.end();
  } else {
    builder.block(content.kind, content.text);
  }
}
