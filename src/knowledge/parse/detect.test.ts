import { describe, expect, test } from "vitest";
import { parseBytes } from "./parse.ts";
import {
  makeDocx,
  makeEpub,
  makePptx,
  makeXlsx,
  shape,
  wordParagraph,
} from "./testing/office-file.ts";
import { makePdf } from "./testing/pdf-file.ts";
import { refusal } from "./testing/read.ts";
import { makeZip } from "./testing/zip-file.ts";

const OFFICE = "application/vnd.openxmlformats-officedocument";
const pdf = makePdf([[{ text: "Words", y: 700 }]]);
const docx = makeDocx(wordParagraph("Words"));
const mail = "From: a@b.c\nTo: d@e.f\nSubject: Hi\n\nWords";

describe("a file is what its bytes are, whatever its name or sender say", () => {
  test.each([
    ["a PDF", pdf, "application/pdf"],
    [
      "a PDF behind a few other bytes",
      Buffer.concat([Buffer.from("junk\n"), pdf]),
      "application/pdf",
    ],
    ["a Word document", docx, `${OFFICE}.wordprocessingml.document`],
    [
      "a presentation",
      makePptx([shape("title", ["Words"])]),
      `${OFFICE}.presentationml.presentation`,
    ],
    [
      "a workbook",
      makeXlsx({ rows: "<row><c><v>1</v></c></row>" }),
      `${OFFICE}.spreadsheetml.sheet`,
    ],
    ["a book", makeEpub(["<p>Words</p>"]), "application/epub+zip"],
    ["a page", Buffer.from("<!-- x --> <!DOCTYPE html><p>Words"), "text/html"],
    ["an XHTML page", Buffer.from(`<?xml version="1.0"?><html><p>Words</p></html>`), "text/html"],
  ])("%s", async (_, bytes, mimeType) => {
    for (const name of ["a", "a.txt", "a.md", "a.exe"]) {
      const document = await parseBytes(bytes, { name, mimeType: "image/png" });
      expect(document.mimeType).toBe(mimeType);
    }
  });

  test.each([
    ["text", "Words", { name: "a" }, "text/plain"],
    ["text", "Words", { name: "a.md" }, "text/markdown"],
    ["text", "Words", { name: "a", mimeType: "text/markdown; charset=utf-8" }, "text/markdown"],
    ["text", "a,b", { name: "A.CSV" }, "text/csv"],
    ["text", "Words", { name: "a.pdf", mimeType: "application/pdf" }, "text/plain"],
    ["text", "MZ is short for Mark Zbikowski.", { name: "a.txt" }, "text/plain"],
    ["text", "About %PDF- files.", { name: "a.txt" }, "text/plain"],
    ["a part of a page", "<p>Words", { name: "a.html" }, "text/html"],
    ["JSON", '{"a": 1}', { name: "a" }, "application/json"],
    ["JSON named text", '{"a": 1}', { name: "a.md" }, "text/markdown"],
    ["a message", mail, { name: "a" }, "message/rfc822"],
    ["a message", mail, { name: "a.eml" }, "message/rfc822"],
    ["headers in a text", mail, { name: "a.md" }, "text/markdown"],
    ["no message", "Subject: only one\n\nWords", { name: "a" }, "text/plain"],
    ["no message", "Words", { name: "a.eml" }, "text/plain"],
  ])("%s %j as %j", async (_, text, claim, mimeType) => {
    expect((await parseBytes(Buffer.from(text), claim)).mimeType).toBe(mimeType);
  });
});

describe("what is not supported is named, with what to do", () => {
  const old = Buffer.concat([Buffer.from("d0cf11e0a1b11ae1", "hex"), Buffer.alloc(600)]);
  const locked = Buffer.concat([old, Buffer.from("EncryptedPackage", "utf16le")]);
  const zip = (...names: string[]) => makeZip(names.map((name) => ({ name, content: "x" })));
  test.each([
    [
      "a PNG image",
      Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "latin1"),
      /This is a PNG image, .* Documents are read from PDF/,
    ],
    ["a JPEG image", Buffer.from("\xff\xd8\xff\xe0\0\x10JFIF", "latin1"), /JPEG/],
    ["a WebP image", Buffer.from("RIFF\0\0\0\0WEBPVP8 ", "latin1"), /WebP/],
    ["a Windows program", Buffer.from("MZ\x90\0\x03\0\0\0", "latin1"), /a program/],
    ["a Linux program", Buffer.from("\x7fELF\x02\x01\x01\0", "latin1"), /a program/],
    ["a video", Buffer.from("\0\0\0\x18ftypmp42", "latin1"), /video/],
    ["a gzip archive", Buffer.from("\x1f\x8b\x08\0\0\0\0\0", "latin1"), /gzip/],
    ["a database", Buffer.from("SQLite format 3\0", "latin1"), /SQLite/],
    ["RTF", Buffer.from("{\\rtf1 Words}"), /RTF.* Save it as DOCX or PDF/],
    ["PostScript", Buffer.from("%!PS-Adobe-3.0"), /PostScript/],
    ["old Office", old, /old Office format .* Save it as DOCX/],
    ["a zip archive", zip("a.txt", "b.txt"), /zip archive.* Unpack it/],
    ["OpenDocument", zip("mimetype", "content.xml"), /OpenDocument.* Save it as DOCX/],
    ["a binary workbook", zip("[Content_Types].xml", "xl/workbook.bin"), /XLSB.* Save it as XLSX/],
    [
      "noise",
      Buffer.from(
        Array.from({ length: 5000 }, (_, index) => (index * 7919 + (index >> 3) * 104729) % 251),
      ),
      /neither text nor/,
    ],
  ])("%s", async (_, bytes, message) => {
    const error = await refusal(bytes, "report.docx");
    expect(error).toMatchObject({ reason: "unsupported", code: "UNSUPPORTED_MEDIA_TYPE" });
    expect(error.message).toMatch(message);
  });

  test("an Office document with a password is told apart from an old one", async () => {
    expect(await refusal(locked)).toMatchObject({ reason: "encrypted" });
  });

  test("an empty file, and one of white space", async () => {
    expect(await refusal("")).toMatchObject({
      reason: "empty",
      message: expect.stringMatching(/no bytes/),
    });
    expect(await refusal(" \n\t ")).toMatchObject({ reason: "empty" });
  });
});
