/** Writes PDFs for tests: pages of text in a standard font, with compressed streams. */
import { deflateSync } from "node:zlib";

export interface PdfText {
  readonly text: string;
  readonly size?: number;
  readonly x?: number;
  readonly y: number;
}

/** The numbers of the objects that every file made here has. */
const CATALOG = 1;
const PAGES = 2;
const FONT = 3;
const FIRST_FREE = 4;

/** A PDF of numbered objects, each given as it stands in the file; the first is the catalog. */
export function pdfOf(objects: readonly (string | Buffer)[], trailer = ""): Buffer {
  const parts: Buffer[] = [Buffer.from("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "latin1")];
  let length = parts[0]?.length ?? 0;
  const add = (bytes: Buffer): void => {
    parts.push(bytes);
    length += bytes.length;
  };
  const offsets: number[] = [];
  for (const [index, object] of objects.entries()) {
    offsets.push(length);
    add(Buffer.from(`${index + 1} 0 obj\n`));
    add(Buffer.from(object));
    add(Buffer.from("\nendobj\n"));
  }
  const start = length;
  const rows = offsets.map((offset) => `${`${offset}`.padStart(10, "0")} 00000 n \n`);
  const size = objects.length + 1;
  add(
    Buffer.from(
      `xref\n0 ${size}\n0000000000 65535 f \n${rows.join("")}` +
        `trailer\n<</Size ${size}/Root ${CATALOG} 0 R${trailer}>>\nstartxref\n${start}\n%%EOF\n`,
    ),
  );
  return Buffer.concat(parts);
}

/** A stream, compressed unless it is packed already. */
export function pdfStream(content: string | { packed: Buffer }, more = ""): Buffer {
  const packed =
    typeof content === "string" ? deflateSync(Buffer.from(content, "latin1")) : content.packed;
  const head = `<</Length ${packed.length}/Filter/FlateDecode${more}>>\nstream\n`;
  return Buffer.concat([Buffer.from(head), packed, Buffer.from("\nendstream")]);
}

function drawing(texts: readonly PdfText[]): string {
  const shown = texts.map(({ text, size = 11, x = 72, y }) => {
    const escaped = text.replaceAll(/[\\()]/g, String.raw`\$&`);
    return `/F1 ${size} Tf 1 0 0 1 ${x} ${y} Tm (${escaped}) Tj`;
  });
  return `BT ${shown.join("\n")} ET`;
}

/** The dictionary of a page that shows the stream of the given number. */
export function pdfPage(contents: number): string {
  return (
    `<</Type/Page/Parent ${PAGES} 0 R/MediaBox[0 0 612 792]/Contents ${contents} 0 R` +
    `/Resources<</Font<</F1 ${FONT} 0 R>>>>>>`
  );
}

/** A PDF of pages of which each is a list of texts with their places. */
export function makePdf(
  pages: readonly (readonly PdfText[])[],
  about: Readonly<Record<string, string>> = {},
): Buffer {
  return pdfOfPages(
    pages.map((texts) => pdfStream(drawing(texts))),
    about,
  );
}

/** A PDF of pages of which each is a finished stream. */
export function pdfOfPages(
  streams: readonly Buffer[],
  about: Readonly<Record<string, string>> = {},
): Buffer {
  const kids = streams.map((_, index) => `${FIRST_FREE + 2 * index} 0 R`);
  const info = Object.entries(about).map(([key, value]) => `/${key}(${value})`);
  const objects = [
    `<</Type/Catalog/Pages ${PAGES} 0 R>>`,
    `<</Type/Pages/Kids[${kids.join(" ")}]/Count ${kids.length}>>`,
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ...streams.flatMap((stream, index) => [pdfPage(FIRST_FREE + 2 * index + 1), stream]),
    `<<${info.join("")}>>`,
  ];
  return pdfOf(objects, `/Info ${objects.length} 0 R`);
}

/** A page's worth of numbered lines of prose under a heading. */
export function prosePage(number: number, lines = 40): PdfText[] {
  return [
    { text: `Chapter ${number}`, size: 20, y: 740 },
    ...Array.from({ length: lines }, (_, index) => ({
      text: `Line ${index + 1} of page ${number} tells of the weather at sea, and of ships that came home.`,
      y: 700 - index * 14,
    })),
  ];
}
