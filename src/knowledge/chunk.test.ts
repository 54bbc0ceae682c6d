import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { estimateTokens } from "../workflow/memory/budget.ts";
import { type ChunkOptions, DEFAULT_CHUNKING } from "./chunk-options.ts";
import { chunkDocument, type DraftChunk } from "./chunk.ts";
import type { Block, PageSpan, ParsedDocument } from "./parse/document.ts";

type Part = Pick<Block, "kind" | "level"> & { text: string; gap?: string; header?: string };

/** A document of the given parts, with blank lines between them. */
function documentOf(parts: readonly Part[], pages: PageSpan[] | null = null): ParsedDocument {
  let text = "";
  const blocks: Block[] = [];
  for (const { kind, level, header, text: own, gap = "\n\n" } of parts) {
    if (text !== "") text += gap;
    const start = text.length;
    if (header !== undefined) text += `${header}\n`;
    const headerEnd = start + (header?.length ?? 0);
    text += own;
    blocks.push({
      kind,
      start,
      end: text.length,
      ...(level !== undefined && { level }),
      ...(header !== undefined && { headerEnd }),
    });
  }
  return { mimeType: "text/plain", title: null, text, pages, blocks, metadata: {} };
}

function paragraph(text: string): Part {
  return { kind: "paragraph", text };
}

function heading(level: number, text: string): Part {
  return { kind: "heading", level, text };
}

/** Sentences of about `tokens` tokens in all, each told apart by its number. */
function prose(tokens: number, name = "Sentence"): string {
  const sentences: string[] = [];
  while (estimateTokens(sentences.join(" ")) < tokens) {
    sentences.push(`${name} ${sentences.length} says something about rain and sun.`);
  }
  return sentences.join(" ");
}

const SMALL: ChunkOptions = { targetTokens: 40, overlapTokens: 16, maxTokens: 60 };

function bare(document: ParsedDocument, chunk: DraftChunk): string {
  return document.text.slice(chunk.start, chunk.end);
}

describe("what a chunk is made of", () => {
  test("a short document is one chunk, without the white space around it", () => {
    const document = documentOf([paragraph("One thing."), paragraph("Another.")]);
    expect(chunkDocument({ ...document, text: `${document.text}\n\n ` })).toEqual([
      {
        ordinal: 0,
        text: "One thing.\n\nAnother.",
        heading: null,
        page: null,
        start: 0,
        end: 20,
        tokens: 5,
        repeated: null,
      },
    ]);
  });

  test("no text gives no chunk", () => {
    expect(chunkDocument(documentOf([]))).toEqual([]);
    expect(chunkDocument(documentOf([paragraph(" \n\t ")]))).toEqual([]);
  });

  test("text that no block covers is in a chunk all the same", () => {
    const document = documentOf([paragraph("In a block.")]);
    const chunks = chunkDocument({ ...document, text: `${document.text} Outside of it.` });
    expect(chunks.map(({ text }) => text)).toEqual(["In a block. Outside of it."]);
  });

  test("sizes that contradict each other are refused", () => {
    const document = documentOf([]);
    for (const wrong of [
      { targetTokens: 600 },
      { overlapTokens: 400 },
      { overlapTokens: -1 },
      { targetTokens: 8, overlapTokens: 0, maxTokens: 8 },
      { maxTokens: Number.NaN },
    ]) {
      expect(() => chunkDocument(document, { ...DEFAULT_CHUNKING, ...wrong })).toThrow(RangeError);
    }
  });
});

describe("headings", () => {
  test("a chunk knows the headings above it; each section has its own chunk", () => {
    const document = documentOf([
      heading(1, "# Guide #"),
      heading(2, "## **Install**"),
      paragraph(prose(150, "Install")),
      heading(2, "Use\n---"),
      paragraph(prose(150, "Use")),
      heading(1, "Appendix"),
      paragraph(prose(150, "Appendix")),
    ]);
    const chunks = chunkDocument(document);
    expect(chunks.map(({ heading }) => heading)).toEqual([
      "Guide > Install",
      "Guide > Use",
      "Appendix",
    ]);
    expect(chunks[1]?.text).toMatch(/^Use\n---\n\nUse 0 /);
  });

  test("sections too small to stand alone share a chunk, under the heading they share", () => {
    const document = documentOf([
      heading(1, "Questions"),
      heading(2, "Where?"),
      paragraph("Here."),
      heading(2, "When?"),
      paragraph("Now."),
    ]);
    const chunks = chunkDocument(document);
    expect(chunks.map(({ heading }) => heading)).toEqual(["Questions"]);
  });

  test("a heading is never the last thing in a chunk", () => {
    const document = documentOf([
      paragraph(prose(30, "Before")),
      heading(1, "Title"),
      paragraph(prose(40, "After")),
    ]);
    const chunks = chunkDocument(document, { ...SMALL, targetTokens: 50 });
    expect(chunks.some(({ text }) => text.endsWith("Title"))).toBe(false);
    expect(chunks.find(({ text }) => text.startsWith("Title"))?.heading).toBe("Title");
  });

  test("headings alone are a chunk too", () => {
    const chunks = chunkDocument(documentOf([heading(1, "A"), heading(2, "B")]));
    expect(chunks).toMatchObject([{ text: "A\n\nB", heading: "A" }]);
  });
});

describe("prose", () => {
  test("a long paragraph is cut between sentences, and the last ones are repeated", () => {
    const document = documentOf([paragraph(prose(200))]);
    const chunks = chunkDocument(document, SMALL);
    expect(chunks.length).toBeGreaterThan(4);
    for (const [index, chunk] of chunks.entries()) {
      expect(chunk.text).toMatch(/^Sentence \d+ .*\.$/s);
      const next = chunks[index + 1];
      if (!next) continue;
      const shared = document.text.slice(next.start, chunk.end);
      expect(shared).toMatch(/^Sentence \d+ [^.]*\.$/);
      expect(estimateTokens(shared)).toBeLessThanOrEqual(SMALL.overlapTokens);
    }
  });

  test("nothing is repeated across sections", () => {
    const document = documentOf([
      heading(1, "A"),
      paragraph(prose(35, "First")),
      heading(1, "B"),
      paragraph(prose(35, "Second")),
    ]);
    const chunks = chunkDocument(document, SMALL);
    expect(chunks.filter(({ text }) => /First/.test(text) && /Second/.test(text))).toEqual([]);
  });

  test("Chinese is cut after its full stops", () => {
    const sentence = "今天的天气很好，我们去公园散步。";
    const chunks = chunkDocument(documentOf([paragraph(sentence.repeat(30))]), SMALL);
    expect(chunks.length).toBeGreaterThan(5);
    for (const { text } of chunks) expect(text).toMatch(/^今天[^]*。$/);
  });

  test("a word longer than a chunk is cut, but never in the middle of a character", () => {
    const document = documentOf([paragraph(`a${"😀".repeat(300)}`)]);
    const chunks = chunkDocument(document, SMALL);
    expect(chunks.map(({ text }) => text).join("")).toBe(document.text);
    expect(chunks.every(({ text }) => text.isWellFormed())).toBe(true);
  });
});

describe("tables, code and lists", () => {
  const rows = Array.from({ length: 40 }, (_, index) => `${index} | value ${index}`);
  const table: Part = { kind: "table", header: "Number | Value", text: rows.join("\n") };

  test("a table is cut between rows; its header begins each chunk, outside of the span", () => {
    const document = documentOf([paragraph("Before."), table]);
    const chunks = chunkDocument(document, SMALL);
    expect(chunks[0]?.text.startsWith("Before.\n\nNumber | Value\n0 |")).toBe(true);
    expect(chunks[0]?.repeated).toBeNull();
    for (const chunk of chunks.slice(1)) {
      expect(chunk.text).toBe(`Number | Value\n${bare(document, chunk)}`);
      expect(chunk.repeated).toEqual({ start: 9, end: 23 });
    }
    const all = chunks
      .map((chunk) => bare(document, chunk))
      .join("\n")
      .split("\n");
    expect(all.filter((line) => /^\d/.test(line))).toEqual(rows);
  });

  test("a header that would fill the chunks is not repeated", () => {
    const document = documentOf([{ ...table, header: "Number | Value ".repeat(20) }]);
    const chunks = chunkDocument(document, SMALL);
    expect(chunks.every(({ repeated }) => repeated === null)).toBe(true);
  });

  test("code is cut at blank lines", () => {
    const stanza = (index: number) => `function f${index}() {\n  return ${index};\n}`;
    const code = Array.from({ length: 20 }, (_, index) => stanza(index)).join("\n\n");
    for (const { text } of chunkDocument(documentOf([{ kind: "code", text: code }]), SMALL)) {
      expect(text).toMatch(/^function[^]*\}$/);
    }
  });

  test("a list is cut between its lines", () => {
    const items = Array.from(
      { length: 40 },
      (_, index) => `- Item ${index}. It has two sentences.`,
    );
    const chunks = chunkDocument(documentOf([{ kind: "list", text: items.join("\n") }]), SMALL);
    expect(chunks.length).toBeGreaterThan(3);
    for (const { text } of chunks) expect(text).toMatch(/^- [^]*two sentences\.$/);
  });
});

test("a chunk's page is the one where its own part begins", () => {
  const [one, two] = [prose(50, "One"), prose(50, "Two")];
  const document = documentOf(
    [paragraph(one), paragraph(two)],
    [
      { number: 1, start: 0, end: one.length },
      { number: 2, start: one.length, end: one.length },
      { number: 3, start: one.length + 2, end: one.length + 2 + two.length },
    ],
  );
  const chunks = chunkDocument(document, { targetTokens: 50, overlapTokens: 20, maxTokens: 80 });
  const pages = chunks.map(({ page, text }) => ({ page, two: /Two 0 /.test(text) }));
  expect(pages[0]).toEqual({ page: 1, two: false });
  expect(pages.find(({ two }) => two)?.page).toBe(3);
});

const KINDS = ["heading", "paragraph", "table", "code", "list"] as const;

const words = fc.oneof(
  fc.constantFrom(
    "word",
    "Ende.",
    "你好。",
    "😀",
    "e\u0301",
    "\n",
    "\n\n",
    "  ",
    "# ",
    "| a | b |",
    "ไทย",
    "x".repeat(90),
  ),
  fc.string({ unit: "grapheme", maxLength: 12 }),
);

const part: fc.Arbitrary<Part> = fc
  .record({
    kind: fc.constantFrom(...KINDS),
    level: fc.integer({ min: 1, max: 6 }),
    text: fc.array(words, { maxLength: 120 }).map((all) => all.join(" ")),
    gap: fc.constantFrom("\n\n", "\n", " ", "", "\n".repeat(300)),
    header: fc.option(fc.constantFrom("a | b", "wide | ".repeat(30)), { nil: undefined }),
  })
  .map(({ header, ...rest }) =>
    rest.kind === "table" && header !== undefined ? { ...rest, header } : rest,
  );

const options: fc.Arbitrary<ChunkOptions> = fc
  .tuple(
    fc.integer({ min: 16, max: 600 }),
    fc.double({ min: 0.1, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 0.9, noNaN: true }),
  )
  .map(([maxTokens, target, overlap]) => {
    const targetTokens = Math.max(1, Math.floor(maxTokens * target));
    return { maxTokens, targetTokens, overlapTokens: Math.floor(targetTokens * overlap) };
  });

describe("for any document and any sizes", () => {
  const property = (
    check: (document: ParsedDocument, chunks: DraftChunk[], sizes: ChunkOptions) => void,
  ) =>
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), options, (parts, sizes) => {
        const document = documentOf(parts);
        check(document, chunkDocument(document, sizes), sizes);
      }),
      { numRuns: 300 },
    );

  test("every character that is no white space is in a chunk", () => {
    property((document, chunks) => {
      let reached = 0;
      for (const { start, end } of chunks) {
        expect(document.text.slice(reached, Math.max(reached, start)).trim()).toBe("");
        reached = Math.max(reached, end);
      }
      expect(document.text.slice(reached).trim()).toBe("");
    });
  });

  test("offsets give the text, tokens are counted from it, and neither is beyond its bound", () => {
    property((document, chunks, { maxTokens }) => {
      for (const chunk of chunks) {
        const { repeated, text, tokens } = chunk;
        const header = repeated ? `${document.text.slice(repeated.start, repeated.end)}\n` : "";
        expect(text).toBe(header + bare(document, chunk));
        expect(tokens).toBe(estimateTokens(text));
        expect(tokens).toBeLessThanOrEqual(maxTokens);
        expect(bare(document, chunk).trim()).not.toBe("");
      }
    });
  });

  test("chunks go forward, and repeat no more than they may", () => {
    property((document, chunks, { overlapTokens }) => {
      expect(chunks.map(({ ordinal }) => ordinal)).toEqual([...chunks.keys()]);
      for (const [index, next] of chunks.slice(1).entries()) {
        const last = chunks[index]!;
        expect(next.start).toBeGreaterThan(last.start);
        expect(next.end).toBeGreaterThan(last.end);
        const shared = document.text.slice(next.start, Math.max(next.start, last.end));
        expect(estimateTokens(shared)).toBeLessThanOrEqual(overlapTokens);
      }
    });
  });

  test("the same document gives the same chunks, well-formed where it is", () => {
    property((document, chunks, sizes) => {
      expect(chunkDocument(document, sizes)).toEqual(chunks);
      const areWellFormed = chunks.every(({ text }) => text.isWellFormed());
      expect(areWellFormed || !document.text.isWellFormed()).toBe(true);
    });
  });
});
