/** Writes small Office files and books for tests. */
import { makeZip, type ZipPart } from "./zip-file.ts";

const RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

function relations(all: Readonly<Record<string, readonly [kind: string, target: string]>>): string {
  const each = Object.entries(all).map(
    ([id, [kind, target]]) =>
      `<Relationship Id="${id}" Type="${RELATION}/${kind}" Target="${target}"/>`,
  );
  return `<?xml version="1.0"?><Relationships>${each.join("")}</Relationships>`;
}

/** What every Office file begins with; `main` is the part that everything hangs on. */
function office(main: string): ZipPart[] {
  return [
    { name: "[Content_Types].xml", content: `<?xml version="1.0"?><Types/>` },
    { name: "_rels/.rels", content: relations({ r1: ["officeDocument", main] }) },
  ];
}

/** A Word document with the given body, and parts that are added or come in the place of others. */
export function makeDocx(
  body: ZipPart["content"],
  more: readonly ZipPart[] = [],
  claimedSize?: number,
): Buffer {
  const content =
    typeof body === "string"
      ? `<?xml version="1.0"?><w:document xmlns:w="w"><w:body>${body}</w:body></w:document>`
      : body;
  const main = {
    name: "word/document.xml",
    content,
    ...(claimedSize !== undefined && { claimedSize }),
  };
  return makeZip([...office("word/document.xml"), main, ...more]);
}

/** A paragraph of Word. */
export function wordParagraph(text: string, properties = ""): string {
  return `<w:p><w:pPr>${properties}</w:pPr><w:r><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`;
}

/** A presentation of the given slides, each the XML of its shapes, with notes by the number of the slide. */
export function makePptx(
  slides: readonly (string | ZipPart["content"])[],
  notes: Readonly<Record<number, string>> = {},
  options: { sharesPlace?: boolean } = {},
): Buffer {
  const ids = slides.map((_, index) => `<p:sldId id="${256 + index}" r:id="s${index + 1}"/>`);
  const targets = slides.map((_, index) => [
    `s${index + 1}`,
    ["slide", `slides/slide${index + 1}.xml`] as const,
  ]);
  const page = (shapes: string): string =>
    `<?xml version="1.0"?><p:sld xmlns:p="p" xmlns:a="a"><p:cSld><p:spTree>${shapes}</p:spTree></p:cSld></p:sld>`;
  return makeZip([
    ...office("ppt/presentation.xml"),
    {
      name: "ppt/presentation.xml",
      content: `<p:presentation xmlns:p="p" xmlns:r="r"><p:sldIdLst>${ids.join("")}</p:sldIdLst></p:presentation>`,
    },
    { name: "ppt/_rels/presentation.xml.rels", content: relations(Object.fromEntries(targets)) },
    ...slides.map((slide, index) => ({
      name: `ppt/slides/slide${index + 1}.xml`,
      content: typeof slide === "string" ? page(slide) : slide,
      sharesPlace: options.sharesPlace === true && index > 0,
    })),
    ...Object.entries(notes).flatMap(([number, text]) => [
      {
        name: `ppt/slides/_rels/slide${number}.xml.rels`,
        content: relations({ n: ["notesSlide", `../notesSlides/notes${number}.xml`] }),
      },
      { name: `ppt/notesSlides/notes${number}.xml`, content: page(shape("body", [text])) },
    ]),
  ]);
}

/** A shape of a slide with a paragraph for each text; `place` is what the shape is a place for. */
export function shape(place: string, texts: readonly string[]): string {
  const paragraphs = texts.map((text) => `<a:p><a:r><a:t>${text}</a:t></a:r></a:p>`);
  return (
    `<p:sp><p:nvSpPr><p:nvPr><p:ph type="${place}"/></p:nvPr></p:nvSpPr>` +
    `<p:txBody>${paragraphs.join("")}</p:txBody></p:sp>`
  );
}

export interface XlsxParts {
  /** The XML of the rows. */
  readonly rows: ZipPart["content"];
  /** The XML of the texts that cells refer to. */
  readonly shared?: string;
  /** What stands before the root of the texts: a document type. */
  readonly prologue?: string;
  readonly more?: readonly ZipPart[];
}

/** A workbook with one sheet. */
export function makeXlsx({ rows, shared = "", prologue = "", more = [] }: XlsxParts): Buffer {
  return makeZip([
    ...office("xl/workbook.xml"),
    {
      name: "xl/workbook.xml",
      content: `<workbook xmlns:r="r"><sheets><sheet name="Sheet" r:id="w1"/></sheets></workbook>`,
    },
    {
      name: "xl/_rels/workbook.xml.rels",
      content: relations({
        w1: ["worksheet", "worksheets/sheet1.xml"],
        w2: ["sharedStrings", "sharedStrings.xml"],
      }),
    },
    {
      name: "xl/sharedStrings.xml",
      content: `<?xml version="1.0"?>${prologue}<sst>${shared}</sst>`,
    },
    {
      name: "xl/worksheets/sheet1.xml",
      content:
        typeof rows === "string"
          ? `<?xml version="1.0"?><worksheet><sheetData>${rows}</sheetData></worksheet>`
          : rows,
    },
    ...more,
  ]);
}

/** A book of the given chapters, each the XHTML of its body. */
export function makeEpub(chapters: readonly string[], more: readonly ZipPart[] = []): Buffer {
  const items = chapters.map((_, index) => `<item id="c${index}" href="text/c%20${index}.xhtml"/>`);
  const order = chapters.map((_, index) => `<itemref idref="c${index}"/>`);
  const container = `<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>`;
  const book =
    `<package xmlns:dc="dc"><metadata><dc:title>The Book</dc:title><dc:creator>A. Writer</dc:creator></metadata>` +
    `<manifest>${items.join("")}</manifest><spine>${order.join("")}</spine></package>`;
  return makeZip([
    { name: "mimetype", content: "application/epub+zip" },
    { name: "META-INF/container.xml", content: container },
    { name: "OEBPS/book.opf", content: book },
    ...chapters.map((body, index) => ({
      name: `OEBPS/text/c ${index}.xhtml`,
      content: `<?xml version="1.0"?><html><head><title/></head><body>${body}</body></html>`,
    })),
    ...more,
  ]);
}
