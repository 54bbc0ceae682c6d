/** From the pieces of text that a PDF places on a page to lines. */
import type { PDFPageProxy } from "unpdf/pdfjs";

/** What the library gives for a page: text, and marks around it. */
type Item = Awaited<ReturnType<PDFPageProxy["getTextContent"]>>["items"][number];
type TextItem = Extract<Item, { str: string }>;

export interface Line {
  text: string;
  /** The largest size of its text, in points. */
  size: number;
  /** Where its baseline is, in points from the bottom of the page. */
  readonly y: number;
}

/** How far, in parts of its size, text may be above or below the baseline and still be of the line. */
const SAME_LINE = 0.6;

function isText(item: Item): item is TextItem {
  return "str" in item;
}

/** The lines of a page, in the order in which the page has them, which is mostly the one in which they are read. */
export function linesOf(items: readonly Item[]): Line[] {
  const lines: Line[] = [];
  let open: Line | null = null;
  for (const item of items.filter(isText)) {
    const [, , c = 0, d = 0, , y = 0] = item.transform as (number | undefined)[];
    const size = Math.hypot(c, d) || item.height;
    if (
      open &&
      item.str.trim() !== "" &&
      Math.abs(open.y - y) > SAME_LINE * Math.max(size, open.size)
    ) {
      open = null;
    }
    if (!open) {
      if (item.str.trim() === "") continue;
      open = { text: "", size, y };
      lines.push(open);
    }
    open.text += item.str;
    if (item.str.trim() !== "") open.size = Math.max(open.size, size);
    if (item.hasEOL) open = null;
  }
  return lines;
}
