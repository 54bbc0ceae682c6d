/** PDF: the text of each page, with paragraphs and headings found by distance and size, for PDF itself knows neither. */
import { getDocument, type PDFDocumentProxy } from "unpdf/pdfjs";
import type { DocumentBuilder } from "../builder.ts";
import type { ParsedDocument } from "../document.ts";
import { DocumentError } from "../errors.ts";
import type { ParseLimits } from "../limits.ts";
import { CharacterMaps } from "./pdf-character-maps.ts";
import { type Line, linesOf } from "./pdf-lines.ts";
import { type Paragraph, bodySize, paragraphsOf } from "./pdf-paragraphs.ts";

const PDF = "application/pdf";

/** Reads a PDF into the builder, page by page. */
export async function parsePdf(
  bytes: Buffer,
  builder: DocumentBuilder,
  limits: ParseLimits,
): Promise<ParsedDocument> {
  const maps = new CharacterMaps();
  const task = getDocument({
    // The library takes over what it is given.
    data: new Uint8Array(bytes),
    verbosity: 0,
    enableXfa: false,
    // Text needs no glyphs and no pictures: nothing is drawn, compiled or fetched.
    disableFontFace: true,
    useSystemFonts: false,
    useWasm: false,
    useWorkerFetch: false,
    BinaryDataFactory: maps.factory,
    cMapUrl: "built-in/",
    cMapPacked: false,
  });
  try {
    return await readDocument(await task.promise, { builder, limits, maps });
  } catch (error) {
    throw toDocumentError(error);
  } finally {
    await task.destroy();
  }
}

function damaged(cause?: unknown): DocumentError {
  return new DocumentError(
    "damaged",
    "The PDF is damaged: it is cut off or not a PDF. Open it, save it again and upload it again.",
    { cause },
  );
}

/** The library's errors by their names: its classes are not the same in every build of it. */
function toDocumentError(error: unknown): unknown {
  const name = error instanceof Error ? error.name : "";
  if (name === "PasswordException") {
    return new DocumentError(
      "encrypted",
      "The PDF is protected by a password. Remove the protection and upload it again.",
      { cause: error },
    );
  }
  if (
    name === "InvalidPDFException" ||
    name === "FormatError" ||
    name === "UnknownErrorException"
  ) {
    return damaged(error);
  }
  return error;
}

interface Reading {
  readonly builder: DocumentBuilder;
  readonly limits: ParseLimits;
  readonly maps: CharacterMaps;
}

async function readDocument(
  pdf: PDFDocumentProxy,
  { builder, limits, maps }: Reading,
): Promise<ParsedDocument> {
  if (pdf.numPages > limits.pages) {
    throw new DocumentError(
      "limit",
      `The PDF has ${pdf.numPages} pages; at most ${limits.pages} are read. Split it and upload the parts.`,
    );
  }
  const pages = await readPages(pdf, limits);
  const body = bodySize(pages.flat());
  for (const lines of pages) {
    builder.nextPage();
    for (const paragraph of paragraphsOf(lines, body)) write(builder, paragraph);
  }
  const { title, ...metadata } = await aboutOf(pdf);
  return builder.finish({
    mimeType: PDF,
    title,
    metadata: { ...metadata, unread_fonts: maps.missing.join(", ") },
    whenEmpty:
      maps.missing.length > 0
        ? `The PDF names characters by the numbers of ${maps.missing.join(", ")}, which cannot be read. ` +
          "Print it to a new PDF and upload that."
        : "The PDF has no text: its pages are pictures, as of a scan. Run text recognition (OCR) on it and upload the result.",
  });
}

async function readPages(pdf: PDFDocumentProxy, limits: ParseLimits): Promise<Line[][]> {
  const pages: Line[][] = [];
  let length = 0;
  let broken = 0;
  for (let number = 1; number <= pdf.numPages; number++) {
    try {
      const page = await pdf.getPage(number);
      const { items } = await page.getTextContent();
      const lines = linesOf(items);
      page.cleanup();
      length += lines.reduce((sum, { text }) => sum + text.length, 0);
      pages.push(lines);
    } catch {
      // One broken page costs that page only.
      pages.push([]);
      broken++;
    }
    // More text than is taken, or pages that are not there: going on makes no sense.
    if (length > limits.textLength || (broken > 20 && broken === number)) break;
  }
  if (broken === pages.length) throw damaged();
  return pages;
}

/** What the file says of itself. */
async function aboutOf(pdf: PDFDocumentProxy): Promise<Record<string, string | undefined>> {
  const { info } = await pdf.getMetadata().catch(() => ({ info: {} }));
  const text = (key: string): string | undefined => {
    const value: unknown = Reflect.get(info, key);
    return typeof value === "string" ? value : undefined;
  };
  const title = text("Title");
  return {
    // Programs that print to PDF put a file's name here, or nothing that says anything.
    title: /^untitled|\.\w{3,4}$/i.test(title ?? "") ? undefined : title,
    author: text("Author"),
    subject: text("Subject"),
    keywords: text("Keywords"),
    created: isoDate(text("CreationDate")),
    modified: isoDate(text("ModDate")),
  };
}

/** `D:20240229133000+01'00'` as `2024-02-29`. */
function isoDate(date: string | undefined): string | undefined {
  const [, year, month = "01", day = "01"] = /^(?:D:)?(\d{4})(\d\d)?(\d\d)?/.exec(date ?? "") ?? [];
  return year === undefined ? undefined : `${year}-${month}-${day}`;
}

function write(builder: DocumentBuilder, { text, level }: Paragraph): void {
  if (level === null) builder.block("paragraph", text);
  else builder.heading(level, text);
}
