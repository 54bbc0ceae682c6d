import { describe, expect, test } from "vitest";
import { RETRIEVER_DEFAULTS } from "../../contract/retrievers.ts";
import { fuse, type Ranked } from "./fusion.ts";

const weighted = RETRIEVER_DEFAULTS.fusion;
const rrf = { ...weighted, method: "rrf" as const, lexical_weight: 0.5, vector_weight: 0.5 };

function list(scores: Readonly<Record<string, number>>): Ranked[] {
  return Object.entries(scores).map(([chunkId, score]) => ({ chunkId, score }));
}

function toScores(ranked: readonly Ranked[]): Record<string, number> {
  return Object.fromEntries(ranked.map(({ chunkId, score }) => [chunkId, score]));
}

describe("a weighted sum", () => {
  test("is of scores between those of the worst and the best in each list", () => {
    const words = list({ a: 12, b: 8, c: 2 });
    const meaning = list({ c: 0.9, a: 0.5, d: 0.4 });
    const fused = fuse(words, meaning, weighted);
    expect(fused.map(({ chunkId }) => chunkId)).toEqual(["a", "b", "c", "d"]);
    expect(toScores(fused)).toEqual({
      a: expect.closeTo(0.7 + 0.3 * 0.2, 10),
      b: expect.closeTo(0.7 * 0.6, 10),
      c: expect.closeTo(0.3, 10),
      d: 0,
    });
  });

  test("does not depend on the size of the scores", () => {
    const words = list({ a: 3, b: 2, c: 1 });
    const meaning = list({ c: 0.3, b: 0.2 });
    const larger = words.map((hit) => ({ ...hit, score: hit.score * 1000 }));
    expect(fuse(larger, meaning, weighted)).toEqual(fuse(words, meaning, weighted));
  });

  test("counts a list of equal scores in full, and an empty one not at all", () => {
    expect(toScores(fuse(list({ a: 5, b: 5 }), [], weighted))).toEqual({ a: 0.7, b: 0.7 });
    expect(toScores(fuse([], list({ a: 0.1 }), weighted))).toEqual({ a: 0.3 });
    expect(fuse([], [], weighted)).toEqual([]);
  });

  test("takes the weights that it is given", () => {
    const only = { ...weighted, lexical_weight: 0, vector_weight: 1 };
    const fused = fuse(list({ a: 9, b: 1 }), list({ b: 0.9, a: 0.1 }), only);
    expect(fused.map(({ chunkId }) => chunkId)).toEqual(["b", "a"]);
  });
});

describe("reciprocal ranks", () => {
  test("look at places only", () => {
    const fused = fuse(list({ a: 100, b: 1, c: 0.5 }), list({ b: 0.9, c: 0.8, a: 0.1 }), rrf);
    expect(fused.map(({ chunkId }) => chunkId)).toEqual(["b", "a", "c"]);
    expect(fused[0]?.score).toBeCloseTo(0.5 / 62 + 0.5 / 61, 10);
  });

  test("weigh the lists as well", () => {
    const fused = fuse(list({ a: 2, b: 1 }), list({ b: 2, a: 1 }), { ...rrf, lexical_weight: 1 });
    expect(fused.map(({ chunkId }) => chunkId)).toEqual(["a", "b"]);
  });
});
