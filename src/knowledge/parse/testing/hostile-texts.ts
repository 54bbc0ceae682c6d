/** Texts of all kinds that are hostile. */
import { type HostileFile, SECRET_ENTITY, TOO_MUCH } from "./hostile-file.ts";

export const TEXTS: readonly HostileFile[] = [
  {
    name: "deep.json: a million arrays",
    make: () => "[".repeat(1e6) + "]".repeat(1e6),
    reasons: ["limit"],
  },
  {
    name: "deep2.json: objects that never end",
    make: () => '{"a":'.repeat(4e5),
    document: /^\{"a":/,
  },
  {
    name: "records.json: half a million records",
    isLong: true,
    make: () => `[${'{"a":1},'.repeat(5e5)}1]`,
    reasons: TOO_MUCH,
  },
  {
    name: "deep.html: a million elements",
    make: () => `<html>${"<div>".repeat(1e6)}`,
    reasons: ["limit"],
  },
  {
    name: "closing.html: ends of what never began",
    make: () => `<html>x${"<b>".repeat(500)}${"</i>".repeat(4e5)}`,
    document: /^x$/,
  },
  {
    name: "tags.html: tags that never end",
    make: () => `<html>x ${"<a ".repeat(1e6)}`,
    document: /^x$/,
  },
  {
    name: "comments.html: comments that never end",
    make: () => `<html>x ${"<!--".repeat(1e6)}`,
    document: /^x$/,
  },
  {
    name: "prologue.txt: thousands of comments and no page",
    make: () => "<!---->".repeat(1e5),
    document: /^<!---->/,
  },
  {
    name: "entities.html: an entity that is a file",
    make: () => `${SECRET_ENTITY}<html><p>seen &secret;</p>`,
    document: /^(?:\]>\s*)?seen &secret;$/,
  },
  {
    name: "breaks.html: code of millions of line breaks",
    make: () => `<html>seen<pre>${"\n".repeat(4_000_000)}x ${"y ".repeat(2_000_000)}</pre>`,
    document: /^seen\n\nx y/,
  },
  {
    name: "cell.csv: a cell of millions of words",
    make: () => `a,${"x ".repeat(4_000_000)},b`,
    document: /^a \| x x/,
  },
  {
    name: "meta.html: meta elements without end",
    make: () => `<html>${"<meta charset ".repeat(1e5)}`,
    reasons: ["empty"],
  },
  {
    name: "tables.html: tables within tables",
    make: () => `<html>${"<table><tr><td>x".repeat(300)}`,
    document: /^x\n/,
  },
  { name: "quotes.md: a million quotes", make: () => ">".repeat(1e6), document: /^>/ },
  {
    name: "lists.md: lists within lists",
    make: () => Array.from({ length: 3000 }, (_, index) => `${" ".repeat(index)}- a`).join("\n"),
    document: /^- a/,
  },
  {
    name: "marks.md: brackets, stars and backticks",
    make: () => "[*`_".repeat(1e6),
    document: /^\[\*/,
  },
  {
    name: "rules.md: marks that are nearly a rule",
    make: () => `${"- ".repeat(500_000)}x\n`.repeat(3),
    document: /^- -/,
  },
  {
    name: "hashes.md: a heading of spaces",
    make: () => `#${" ".repeat(1e6)}x\n`.repeat(3),
    document: /^#/,
  },
  {
    name: "line.txt: six megabytes in one word",
    make: () => "x".repeat(6_000_000),
    document: /^x+$/,
  },
  {
    name: "spaces.txt: six megabytes of spaces",
    make: () => `a${" ".repeat(6_000_000)}b`,
    document: /^a/,
  },
  {
    name: "marks.txt: one letter with millions of accents",
    make: () => `e${"\u0301".repeat(5_000_000)}`,
    document: /^e/,
  },
  {
    name: "long.txt: more text than a document may have",
    make: () => "Words. ".repeat(3_000_000),
    reasons: ["limit"],
  },
  {
    name: "paragraphs.txt: half a million paragraphs",
    make: () => "a\n\n".repeat(5e5),
    reasons: ["limit"],
  },
  {
    name: "columns.csv: three million columns",
    make: () => "a,".repeat(3_000_000),
    document: /^(?:a \| ){999}a$/,
  },
  {
    name: "quote.csv: a quote that never ends",
    make: () => `a,"${"b\n".repeat(1_000_000)}`,
    document: /^a \| "b\n/,
  },
  {
    name: "quotes.csv: nothing but quotes",
    make: () => `${'"'.repeat(3_000_001)},"""",`.repeat(2),
    document: /"/,
  },
  {
    name: "blank.csv: a million empty rows",
    make: () => ",,,\n".repeat(1_000_000),
    reasons: ["empty"],
  },
  {
    name: "zeros.txt: nothing but zeros",
    make: () => Buffer.alloc(5_000_000),
    reasons: ["unsupported"],
  },
  {
    name: "noise.bin",
    make: () =>
      Buffer.from(
        Array.from(
          { length: 200_000 },
          (_, index) => (index * index * 31 + index * 17 + (index >> 5)) % 256,
        ),
      ),
    reasons: ["unsupported"],
  },
  { name: "empty.pdf: no bytes", make: () => "", reasons: ["empty"] },
  {
    name: "program.pdf",
    make: () => Buffer.concat([Buffer.from("MZ\x90\0\x03\0", "latin1"), Buffer.alloc(5000)]),
    reasons: ["unsupported"],
  },
  {
    name: "image.docx",
    make: () => Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), Buffer.alloc(5000)]),
    reasons: ["unsupported"],
  },
  {
    name: "utf16.txt: UTF-16 without a mark",
    make: () => Buffer.from("Plain words.", "utf16le"),
    document: /^Plain words\.$/,
  },
];
