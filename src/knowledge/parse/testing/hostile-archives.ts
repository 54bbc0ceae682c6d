/** Office files and books that are hostile. */
import { type HostileFile, SECRET_ENTITY, TOO_MUCH } from "./hostile-file.ts";
import { makeDocx, makeEpub, makePptx, makeXlsx, wordParagraph } from "./office-file.ts";
import { fixture } from "./read.ts";
import { makeZip, repeated } from "./zip-file.ts";

/** Ten times ten times … the same word. */
const LAUGHS = `<!DOCTYPE x [<!ENTITY a0 "ha">${Array.from(
  { length: 10 },
  (_, index) => `<!ENTITY a${index + 1} "${`&a${index};`.repeat(10)}">`,
).join("")}]>`;

const GIGABYTE = 1_000_000_000;
const CELL = "<row><c><v>1</v></c></row>";
const SLIDE = repeated(" ", 2_000_000);
const PARAGRAPH = wordParagraph("ha");

export const ARCHIVES: readonly HostileFile[] = [
  {
    name: "bomb.docx: a gigabyte of spaces in a paragraph",
    make: () => makeDocx(repeated(" ", GIGABYTE)),
    reasons: ["limit"],
  },
  {
    name: "paragraphs.docx: two hundred megabytes of paragraphs",
    isLong: true,
    make: () => makeDocx(repeated(PARAGRAPH, 200_000_000 / PARAGRAPH.length)),
    reasons: ["limit"],
  },
  {
    name: "liar.docx: a quarter of a gigabyte that claims to be a hundred bytes",
    make: () => makeDocx(repeated("x", GIGABYTE / 4), [], 100),
    reasons: ["limit"],
  },
  {
    name: "claim.docx: a few bytes that claim to be four gigabytes",
    make: () => makeDocx("x", [], 0xfffffffe),
    reasons: ["limit"],
  },
  {
    name: "slides.pptx: a thousand slides that are one and the same",
    isLong: true,
    make: () =>
      makePptx(
        Array.from({ length: 1000 }, () => SLIDE),
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
        Array.from({ length: 30_000 }, (_, index) => ({
          name: `p${index}`,
          content: "",
          sharesPlace: true,
        })),
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
    name: "cells.xlsx: seventy megabytes of cells",
    isLong: true,
    make: () => makeXlsx({ rows: repeated(CELL, 70_000_000 / CELL.length) }),
    reasons: TOO_MUCH,
  },
  {
    name: "formulas.xlsx: formulas that fetch, start and refer to themselves",
    make: () =>
      makeXlsx({
        rows:
          `<row><c r="A1" t="str"><f>WEBSERVICE("http://127.0.0.1/")</f><v>fetched before</v></c></row>` +
          `<row><c r="A2"><f>cmd|'/c calc'!A0</f></c><c r="B2"><f>B2+1</f><v>7</v></c></row>`,
      }),
    document: /^Sheet\n\nfetched before\n \| 7$/,
  },
  {
    name: "dde.docx: a field that starts a program",
    make: () =>
      makeDocx(
        wordParagraph("seen").replace(
          "</w:p>",
          `<w:r><w:instrText>DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe "/k calc"</w:instrText></w:r></w:p>`,
        ),
      ),
    document: /^seen$/,
  },
  {
    name: "template.docx: a template that is somewhere else",
    make: () =>
      makeDocx(wordParagraph("seen"), [
        {
          name: "word/_rels/document.xml.rels",
          content: `<Relationships><Relationship Id="r1" Type="http://x/styles" Target="http://127.0.0.1/styles.xml" TargetMode="External"/></Relationships>`,
        },
      ]),
    document: /^seen$/,
  },
  {
    name: "password.docx: protected by a password, as Office does it",
    make: () =>
      Buffer.concat([
        Buffer.from("d0cf11e0a1b11ae1", "hex"),
        Buffer.alloc(1000),
        Buffer.from("EncryptedPackage", "utf16le"),
        Buffer.alloc(4000),
      ]),
    reasons: ["encrypted"],
  },
  {
    name: "zipcrypto.docx: protected by a password, as zip does it",
    make: () =>
      makeZip([
        { name: "[Content_Types].xml", content: "<Types/>" },
        { name: "word/document.xml", content: "x", encrypted: true },
      ]),
    reasons: ["encrypted"],
  },
  {
    name: "half.docx: cut off in the middle",
    make: () => {
      const whole = fixture("report.docx");
      return whole.subarray(0, whole.length / 2);
    },
    reasons: ["damaged"],
  },
  {
    name: "flipped.docx: a packed part that was changed",
    make: () => {
      const bytes = Buffer.from(makeDocx(wordParagraph("seen ".repeat(1000))));
      const at = bytes.indexOf("word/document.xml") + "word/document.xml".length;
      return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(8, 0xff), bytes.subarray(at + 8)]);
    },
    reasons: ["damaged"],
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
