import { expect, test } from "vitest";
import { ndcgAt10, recallAt100 } from "../../bench/retrieval/collection.ts";

const relevant = new Map([
  ["a", 1],
  ["b", 1],
]);

test("nDCG is 1 for the best order, falls with the places, and ends at ten", () => {
  expect(ndcgAt10(["b", "a", "x"], relevant)).toBe(1);
  expect(ndcgAt10(["x", "a"], relevant)).toBeCloseTo(1 / Math.log2(3) / (1 + 1 / Math.log2(3)), 10);
  expect(ndcgAt10([...Array.from("0123456789"), "a", "b"], relevant)).toBe(0);
  expect(ndcgAt10([], relevant)).toBe(0);
});

test("graded judgements count by their grade", () => {
  const graded = new Map([
    ["a", 2],
    ["b", 1],
  ]);
  expect(ndcgAt10(["a", "b"], graded)).toBe(1);
  expect(ndcgAt10(["b", "a"], graded)).toBeLessThan(1);
});

test("recall is the share of what is relevant among a hundred", () => {
  expect(recallAt100(["a", "x"], relevant)).toBe(0.5);
  const late = Array.from({ length: 100 }, (_, index) => `${index}`);
  expect(recallAt100([...late, "a", "b"], relevant)).toBe(0);
});
