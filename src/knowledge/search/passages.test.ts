import { describe, expect, test } from "vitest";
import type { CitedChunk } from "../../workflow/ports/stores/chunks.ts";
import { type PassageRules, toPassages } from "./passages.ts";

const RULES: PassageRules = { maxPassages: 10, maxChunksPerDocument: 3, mergeNeighbours: true };

/** The chunk of a document whose chunks are ten characters long and lie a space apart. */
function chunk(document: string, ordinal: number, changes: Partial<CitedChunk> = {}): CitedChunk {
  return {
    id: `${document}${ordinal}`,
    document_id: document,
    document_title: document.toUpperCase(),
    document_url: null,
    ordinal,
    text: `${document}-${ordinal}-text.`.padEnd(10, "x").slice(0, 10),
    heading: null,
    page: ordinal + 1,
    start: ordinal * 11,
    end: ordinal * 11 + 10,
    tokens: 3,
    ...changes,
  };
}

/** Each with a lower score than the one before. */
function scored(...chunks: CitedChunk[]) {
  return chunks.map((each, index) => ({ chunk: each, score: 1 - index / 10 }));
}

describe("passages", () => {
  test("keep the order and the scores, one for each chunk that stands alone", () => {
    const passages = toPassages(scored(chunk("b", 4), chunk("a", 0), chunk("b", 0)), RULES);
    expect(passages).toMatchObject([
      { chunkId: "b4", score: 1, page: 5, start: 44, end: 54, documentTitle: "B" },
      { chunkId: "a0", score: 0.9 },
      { chunkId: "b0", score: 0.8 },
    ]);
  });

  test("neighbours become one, in the order of the document, with the score of the best", () => {
    const [passage, ...others] = toPassages(scored(chunk("a", 2), chunk("a", 1)), RULES);
    expect(others).toEqual([]);
    expect(passage).toMatchObject({
      chunkId: "a2",
      score: 1,
      page: 2,
      start: 11,
      end: 32,
      text: "a-1-text.x\na-2-text.x",
      bestText: "a-2-text.x",
    });
  });

  test("a chunk between two passages joins them, at the place of the better one", () => {
    const chunks = scored(chunk("a", 0), chunk("b", 0), chunk("a", 2), chunk("a", 1));
    const passages = toPassages(chunks, RULES);
    expect(passages.map(({ chunkId }) => chunkId)).toEqual(["a0", "b0"]);
    expect(passages[0]).toMatchObject({ start: 0, end: 32 });
  });

  test("what neighbours have in common stands once", () => {
    const first = chunk("a", 0, { text: "one two three", start: 0, end: 13 });
    const second = chunk("a", 1, { text: "three four", start: 8, end: 18 });
    const [passage] = toPassages(scored(first, second), RULES);
    expect(passage).toMatchObject({ text: "one two three four", start: 0, end: 18 });
  });

  test("a text that does not lie in its document character by character is not cut", () => {
    const first = chunk("a", 0, { text: "| a table |", start: 0, end: 30 });
    const second = chunk("a", 1, { text: "| its end |", start: 20, end: 50 });
    expect(toPassages(scored(first, second), RULES)[0]?.text).toBe("| a table |\n| its end |");
  });

  test("neighbours stay apart where the retriever says so", () => {
    const passages = toPassages(scored(chunk("a", 1), chunk("a", 0)), {
      ...RULES,
      mergeNeighbours: false,
    });
    expect(passages.map(({ chunkId }) => chunkId)).toEqual(["a1", "a0"]);
  });

  test("a text that comes again is dropped, whatever its spaces and capitals", () => {
    const same = { text: "The Same  text\n" };
    const chunks = scored(
      chunk("a", 0, same),
      chunk("b", 0, { text: "the same text" }),
      chunk("c", 0),
    );
    expect(toPassages(chunks, RULES).map(({ chunkId }) => chunkId)).toEqual(["a0", "c0"]);
  });

  test("a document has no more than its share", () => {
    const chunks = scored(
      chunk("a", 0),
      chunk("a", 2),
      chunk("a", 4),
      chunk("a", 6),
      chunk("b", 0),
    );
    expect(toPassages(chunks, RULES).map(({ chunkId }) => chunkId)).toEqual([
      "a0",
      "a2",
      "a4",
      "b0",
    ]);
    const one = toPassages(chunks, { ...RULES, maxChunksPerDocument: 1 });
    expect(one.map(({ chunkId }) => chunkId)).toEqual(["a0", "b0"]);
  });

  test("the limit counts passages, after repeated texts are gone and neighbours joined", () => {
    const chunks = scored(
      chunk("a", 0),
      chunk("a", 1),
      chunk("b", 0, { text: chunk("a", 0).text }),
      chunk("c", 0),
      chunk("d", 0),
      chunk("c", 1),
    );
    const passages = toPassages(chunks, { ...RULES, maxPassages: 2 });
    expect(passages.map(({ chunkId }) => chunkId)).toEqual(["a0", "c0"]);
    // What comes after the last passage is no longer looked at.
    expect(passages[1]?.end).toBe(10);
    expect(toPassages([], RULES)).toEqual([]);
  });
});
