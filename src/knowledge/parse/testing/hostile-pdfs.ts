/** PDFs that are made to take all time or all memory, or to confuse. */
import { deflateSync } from "node:zlib";
import { repeated } from "./zip-file.ts";
import type { HostileFile } from "./hostile-file.ts";
import { fixture } from "./read.ts";
import { makePdf, pdfOf, pdfOfPages, pdfPage, pdfStream, prosePage } from "./pdf-file.ts";

const CATALOG = "<</Type/Catalog/Pages 2 0 R>>";
const ONE_PAGE = "<</Type/Pages/Kids[4 0 R]/Count 1>>";
const FONT = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>";
const TEXT = "BT /F1 12 Tf 72 700 Td (Words) Tj ET";

/** A page whose stream becomes `megabytes` of white space and then a little text: compressed twice, a few kilobytes. */
export function flateBomb(megabytes: number): Buffer {
  const { packed } = repeated(" ", megabytes * 1_000_000);
  const once = Buffer.concat([Buffer.from("789c", "hex"), packed]);
  const twice = deflateSync(once, { level: 9 });
  const head = `<</Length ${twice.length}/Filter[/FlateDecode/FlateDecode]>>\nstream\n`;
  const stream = Buffer.concat([Buffer.from(head), twice, Buffer.from("\nendstream")]);
  return pdfOf([CATALOG, ONE_PAGE, FONT, pdfPage(5), stream]);
}

/** Forms that each show the next one ten times, `depth` deep: ten to the power of that in the end. */
export function formBomb(depth: number): Buffer {
  const first = 6;
  const form = (index: number): Buffer => {
    const isLast = index === depth;
    const content = isLast ? TEXT : "/X Do ".repeat(10);
    const resources = isLast ? "/Font<</F1 3 0 R>>" : `/XObject<</X ${first + index + 1} 0 R>>`;
    return pdfStream(
      content,
      `/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<<${resources}>>`,
    );
  };
  const page = pdfPage(5).replace("/Font", `/XObject<</X ${first} 0 R>>/Font`);
  const forms = Array.from({ length: depth + 1 }, (_, index) => form(index));
  return pdfOf([CATALOG, ONE_PAGE, FONT, page, pdfStream("/X Do"), ...forms]);
}

/** A form that shows itself. */
export function selfReference(): Buffer {
  const form = pdfStream(
    `${TEXT} /X Do`,
    "/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<</XObject<</X 6 0 R>>/Font<</F1 3 0 R>>>>",
  );
  const page = pdfPage(5).replace("/Font", "/XObject<</X 6 0 R>>/Font");
  return pdfOf([CATALOG, ONE_PAGE, FONT, page, pdfStream("/X Do"), form]);
}

/** Many pages that show one and the same stream, a hundred below each branch of the tree. */
export function manyPages(count: number): Buffer {
  const branches = Math.ceil(count / 100);
  const branch = (index: number): string => {
    const first = 5 + branches + 100 * index;
    const own = Math.min(100, count - 100 * index);
    const kids = Array.from({ length: own }, (_, kid) => `${first + kid} 0 R`);
    return `<</Type/Pages/Parent 2 0 R/Kids[${kids.join(" ")}]/Count ${own}>>`;
  };
  const kids = Array.from({ length: branches }, (_, index) => `${5 + index} 0 R`);
  const tree = `<</Type/Pages/Kids[${kids.join(" ")}]/Count ${count}>>`;
  const pages = Array.from({ length: count }, () => pdfPage(4));
  return pdfOf([
    CATALOG,
    tree,
    FONT,
    pdfStream(TEXT),
    ...kids.map((_, at) => branch(at)),
    ...pages,
  ]);
}

/** A tree of pages that claims a count. */
export function claimedPages(count: number): Buffer {
  return pdfOf([
    CATALOG,
    `<</Type/Pages/Kids[4 0 R]/Count ${count}>>`,
    FONT,
    pdfPage(5),
    pdfStream(TEXT),
  ]);
}

/** A tree of pages that leads back to its root. */
export function pageCircle(): Buffer {
  return pdfOf([
    CATALOG,
    "<</Type/Pages/Kids[4 0 R]/Count 3>>",
    FONT,
    "<</Type/Pages/Kids[2 0 R]/Count 3>>",
  ]);
}

/** Arrays or dictionaries within each other, where a page's contents should be. */
export function deepObject(open: string, close: string, depth: number): Buffer {
  const deep = `${open.repeat(depth)}1${close.repeat(depth)}`;
  return pdfOf([
    CATALOG,
    ONE_PAGE,
    FONT,
    pdfPage(5).replace("/Contents", `/Deep ${deep}/Contents`),
    pdfStream(TEXT),
  ]);
}

/** A page of text, and actions for when the file is opened. */
function scripted(): Buffer {
  const actions =
    "/OpenAction<</S/JavaScript/JS(while(true){})/Next<</S/Launch/F(/bin/sh)>>>>" +
    "/AA<</WC<</S/URI/URI(http://127.0.0.1/)>>>>";
  const catalog = CATALOG.replace(">>", `${actions}>>`);
  return pdfOf([catalog, ONE_PAGE, FONT, pdfPage(5), pdfStream(TEXT)]);
}

/** Operands by the million, and text with no end. */
export function longContent(megabytes: number): Buffer {
  const content = `BT /F1 12 Tf ${"[(word) -50 (other) -50] TJ 0 -12 Td ".repeat(megabytes * 28_000)} ET`;
  return pdfOfPages([pdfStream(content)]);
}

export const PDFS: readonly HostileFile[] = [
  {
    name: "flate.pdf: a gigabyte packed twice",
    isLong: true,
    make: () => flateBomb(1000),
    reasons: ["memory"],
  },
  {
    name: "pages.pdf: two thousand pages",
    isLong: true,
    make: () => manyPages(2000),
    document: /^Words(?:\n\nWords){1999}$/,
  },
  {
    name: "page.pdf: ten thousand pages and one, more than there may be",
    make: () => manyPages(10_001),
    reasons: ["limit"],
  },
  {
    name: "password.pdf: protected by a password",
    make: () => fixture("protected.pdf"),
    reasons: ["encrypted"],
  },
  {
    name: "script.pdf: a script and a program that would run when it is opened",
    make: () => scripted(),
    document: /^Words$/,
  },
  {
    name: "count.pdf: claims a thousand million pages",
    make: () => claimedPages(1e9),
    document: /^Words$/,
  },
  { name: "circle.pdf: pages that lead in a circle", make: pageCircle, reasons: ["damaged"] },
  { name: "self.pdf: a form that shows itself", make: selfReference, document: /^Words/ },
  {
    name: "arrays.pdf: a million arrays within each other",
    make: () => deepObject("[", "]", 1e6),
    reasons: ["damaged"],
  },
  {
    name: "names.pdf: dictionaries within each other",
    make: () => deepObject("<</A", ">>", 1e5),
    reasons: ["damaged"],
  },
  {
    name: "operators.pdf: a quarter of a million operators",
    make: () => longContent(5),
    document: /^word/,
  },
  {
    name: "cut.pdf: cut off in the middle",
    make: () => {
      const whole = makePdf([prosePage(1), prosePage(2)]);
      return whole.subarray(0, whole.length / 2);
    },
    reasons: ["damaged"],
  },
  {
    name: "noise.pdf: nothing but its first line",
    make: () =>
      Buffer.concat([
        Buffer.from("%PDF-1.7\n"),
        Buffer.from("endobj 1 0 obj << stream [ ( < ".repeat(30_000)),
      ]),
    reasons: ["damaged"],
  },
];
