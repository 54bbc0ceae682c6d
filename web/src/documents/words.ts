/** Documents in plain words. */
import type { Document, DocumentStatus } from "../../../src/client/index.ts";

const NUMBER = new Intl.NumberFormat("en");
const UNITS = ["kB", "MB", "GB", "TB"] as const;

/** A size as people read it: at most one digit behind the point. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  let size = bytes / 1000;
  let unit = 0;
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${size < 9.95 ? size.toFixed(1) : Math.round(size)} ${UNITS[unit]}`;
}

const TYPES: Readonly<Record<string, string>> = {
  "application/pdf": "PDF",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
  "application/json": "JSON",
  "application/x-ndjson": "JSON lines",
  "application/xhtml+xml": "Web page",
  "message/rfc822": "E-mail",
  "text/csv": "CSV",
  "text/html": "Web page",
  "text/markdown": "Markdown",
  "text/plain": "Text",
  "text/tab-separated-values": "TSV",
  "text/xml": "XML",
};

/** What people call a media type; one that they have no word for stays as it is. */
export function typeText(mimeType: string): string {
  const [type = ""] = mimeType.split(";");
  return TYPES[type.trim().toLowerCase()] ?? mimeType;
}

/** A number and what it counts: “1 page”, “1,200 pages”. */
function countText(count: number, one: string, many = `${one}s`): string {
  return `${NUMBER.format(count)} ${count === 1 ? one : many}`;
}

/** What there is to say of a document in a line: type, size, pages, passages. */
export function factsOf(document: Document): string {
  const { mime_type: type, bytes, pages, chunks, status } = document;
  const parts = [
    type === "" ? null : typeText(type),
    bytes === 0 ? null : sizeText(bytes),
    pages === null ? null : countText(pages, "page"),
    status === "ready" ? countText(chunks, "passage") : null,
  ];
  return parts.filter((part) => part !== null).join(" · ");
}

const STATUS: Readonly<Record<DocumentStatus, string>> = {
  queued: "Waiting",
  parsing: "Reading",
  chunking: "Cutting into passages",
  embedding: "Getting ready to be searched",
  ready: "Ready",
  failed: "Could not be read",
};

/** What happens to a document. */
export function statusText(status: DocumentStatus): string {
  return STATUS[status];
}

/** The share of the work that is done, in whole percents: 100 only when it is. */
export function percentOf(progress: number): number {
  return Math.max(0, Math.min(100, Math.floor(progress * 100)));
}

/** Where a passage stands: its headings, and its page. */
export function placeText(heading: string | null, page: number | null): string {
  const headings = heading?.replaceAll(" > ", " › ") ?? null;
  const parts = [page === null ? null : `Page ${NUMBER.format(page)}`, headings];
  return parts.filter((part) => part !== null && part !== "").join(" · ");
}
