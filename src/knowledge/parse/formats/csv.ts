/** Tables as text: comma, semicolon, tab or bar between the cells, quotes as in RFC 4180, and forgiving of the rest. */
import type { DocumentBuilder } from "../builder.ts";
import type { ParsedDocument } from "../document.ts";
import type { ParseLimits } from "../limits.ts";

const CSV = "text/csv";

const SEPARATORS = [",", ";", "\t", "|"];

/** The first line of tables that spreadsheets write for spreadsheets: `sep=;`. */
const NAMED_SEPARATOR = /^sep=([,;\t|])\r?\n/i;

/** Reads a table into the builder. */
export function parseCsv(
  decoded: string,
  builder: DocumentBuilder,
  limits: ParseLimits,
): ParsedDocument {
  const marked = decoded.replace(/^\ufeff/, "");
  const text = marked.replace(NAMED_SEPARATOR, "");
  const table = builder.table();
  for (const row of rowsOf(text, separatorOf(marked), limits.columns)) table.row(row);
  table.end();
  return builder.finish({
    mimeType: CSV,
    whenEmpty: "The table has no cells with text in them. Check that it is the right file.",
  });
}

/** The separator that is named, or parts the first lines into most cells, the same number in each where it can be. */
export function separatorOf(text: string): string {
  const named = NAMED_SEPARATOR.exec(text)?.[1];
  if (named !== undefined) return named;
  const lines = text.slice(0, 20_000).split(/\r?\n/).slice(0, 10);
  const filled = lines.filter((line) => line.trim() !== "");
  const counts = SEPARATORS.map((separator) => {
    const cells = filled.map((line) => line.split(separator).length - 1);
    return { separator, fewest: Math.min(...cells), most: Math.max(...cells) };
  });
  const [best] = counts.toSorted((a, b) => b.fewest - a.fewest || b.most - a.most);
  return best?.separator ?? ",";
}

/** The rows, each with at most `columns` cells; what is beyond is passed over. A quote that never ends is a cell's text. */
export function* rowsOf(text: string, separator: string, columns: number): Generator<string[]> {
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    const quoted = text[at] === '"' ? quotedCell(text, at) : null;
    const start = quoted?.end ?? at;
    const end = cellEnd(text, start, separator);
    if (row.length < columns) row.push((quoted?.value ?? "") + text.slice(start, end));
    at = end + 1;
    if (text[end] !== separator) {
      if (text[end] === "\r" && text[at] === "\n") at++;
      yield row;
      row = [];
    }
  }
  if (row.length > 0) yield row;
}

/** Where the cell ends that begins, or goes on behind its quotes, at `start`. */
function cellEnd(text: string, start: number, separator: string): number {
  let end = start;
  while (end < text.length) {
    const unit = text[end];
    if (unit === separator || unit === "\n" || unit === "\r") break;
    end++;
  }
  return end;
}

/** The cell whose opening quote is at `start`, and where it ends; null when there is no closing quote. */
function quotedCell(text: string, start: number): { value: string; end: number } | null {
  for (let at = start + 1; ; at += 2) {
    at = text.indexOf('"', at);
    if (at === -1) return null;
    if (text[at + 1] === '"') continue;
    return { value: text.slice(start + 1, at).replaceAll('""', '"'), end: at + 1 };
  }
}
