/** Office files and books that are hostile. */
import { type HostileFile, SECRET_ENTITY, TOO_MUCH } from "./hostile-file.ts";
import { makeDocx, makeEpub, makePptx, makeXlsx, wordParagraph } from "./office-file.ts";
import { makeZip, repeated } from "./zip-file.ts";

/** Ten times ten times … the same word. */
const LAUGHS = `<!DOCTYPE x [<!ENTITY a0 "ha">${Array.from(
  { length: 10 },
  (_, index) => `<!ENTITY a${index + 1} "${`&a${index};`.repeat(10)}">`,
).join("")}]>`;

const GIGABYTE = 1_000_000_000;
const PARAGRAPH = wordParagraph("ha");

export const ARCHIVES: readonly HostileFile[] = [
  {
    name: "bomb.docx: a gigabyte of spaces in a paragraph",
    make: () => makeDocx(repeated(" ", GIGABYTE)),
    reasons: ["limit"],
  },
  {
    name: "paragraphs.docx: two hundred megabytes of paragraphs",
    make: () => makeDocx(repeated(PARAGRAPH, 200_000_000 / PARAGRAPH.length)),
    reasons: ["limit"],
  },
  {
    name: "liar.docx: a gigabyte that claims to be a hundred bytes",
    make: () => makeDocx(repeated("x", GIGABYTE), [], 100),
    reasons: ["limit"],
  },
  {
    name: "claim.docx: a few bytes that claim to be four gigabytes",
    make: () => makeDocx("x", [], 0xfffffffe),
    reasons: ["limit"],
  },
  {
    name: "slides.pptx: a thousand slides that are one and the same",
    make: () =>
      makePptx(
        Array.from({ length: 1000 }, () => repeated(" ", 2_000_000)),
        {},
        { sharesPlace: true },
      ),
    reasons: TOO_MUCH,
  },
  {
    name: "entries.docx: thirty thousand parts",
    make: () =>
      makeDocx(
        "x",
        Array.from({ length: 30_000 }, (_, index) => ({ name: `p${index}`, content: "" })),
      ),
    reasons: ["limit"],
  },
  {
    name: "nested.docx: archives within each other",
    make: () => {
      let inner = makeZip([{ name: "a", content: repeated("x", 10_000_000) }]);
      for (let depth = 0; depth < 10; depth++) inner = makeZip([{ name: "a.zip", content: inner }]);
      return inner;
    },
    reasons: ["unsupported"],
  },
  {
    name: "deep.docx: elements within each other",
    make: () => makeDocx(repeated("<w:tbl><w:tr><w:tc>", 200_000)),
    reasons: ["limit"],
  },
  {
    name: "xxe.docx: an entity that is a file",
    make: () =>
      makeDocx(
        Buffer.from(
          `${SECRET_ENTITY}<w:document><w:body>${wordParagraph("seen &secret;")}</w:body></w:document>`,
        ),
      ),
    document: /^seen/,
  },
  {
    name: "laughs.xlsx: entities of entities",
    make: () =>
      makeXlsx({
        rows: `<row><c t="s"><v>0</v></c></row>`,
        shared: "<si><t>&a10;</t></si>",
        prologue: LAUGHS,
      }),
    document: /^Sheet\n\n.{1,20}$/,
  },
  {
    name: "far.xlsx: a cell in the last column of the last row",
    make: () =>
      makeXlsx({
        rows: `<row r="1048576"><c r="A1048576"><v>1</v></c><c r="XFD1048576"><v>2</v></c></row>`,
      }),
    document: /^Sheet\n\n1$/,
  },
  {
    name: "cells.xlsx: two hundred megabytes of cells",
    make: () => makeXlsx({ rows: repeated("<row><c><v>1</v></c></row>", 8_000_000) }),
    reasons: TOO_MUCH,
  },
  {
    name: "macros.docm: macros that would run when it is opened",
    make: () =>
      makeDocx(wordParagraph("seen"), [{ name: "word/vbaProject.bin", content: "AutoOpen" }]),
    document: /^seen$/,
  },
  {
    name: "escape.epub: chapters outside of the book",
    make: () =>
      makeEpub(
        ["<p>seen"],
        [
          {
            name: "META-INF/container.xml",
            content: `<container><rootfile full-path="../../../../etc/passwd"/></container>`,
          },
        ],
      ),
    reasons: ["empty"],
  },
];
