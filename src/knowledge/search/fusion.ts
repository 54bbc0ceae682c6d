/** One list out of two: hits by words, and hits by meaning. */
import type { Fusion } from "../../contract/retrievers.ts";

/** A chunk, and how good it is in one way of searching. */
export interface Ranked {
  readonly chunkId: string;
  readonly score: number;
}

/** How much reciprocal ranks flatten the first places; the figure of the method's authors. */
const RANK_CONSTANT = 60;

/** Scores between 0 and 1, the worst and the best of the list; all 1 where they are equal. */
function normalise(list: readonly Ranked[]): Map<string, number> {
  const scores = list.map(({ score }) => score);
  const [lowest, highest] = [Math.min(...scores), Math.max(...scores)];
  const range = highest - lowest;
  return new Map(
    list.map(({ chunkId, score }) => [chunkId, range > 0 ? (score - lowest) / range : 1]),
  );
}

/** What a place is worth, whatever the scores are. */
function reciprocalRanks(list: readonly Ranked[]): Map<string, number> {
  return new Map(list.map(({ chunkId }, index) => [chunkId, 1 / (RANK_CONSTANT + index + 1)]));
}

/**
 * Puts two lists together, each of them best first: a weighted sum of scores, or of reciprocal ranks. What a list does
 * not have counts 0 there. Best first; of equal ones, those come first that stand earlier in the first list.
 */
export function fuse(
  lexical: readonly Ranked[],
  vector: readonly Ranked[],
  { method, lexical_weight, vector_weight }: Fusion,
): Ranked[] {
  const worth = method === "rrf" ? reciprocalRanks : normalise;
  const sums = new Map<string, number>();
  for (const [list, weight] of [
    [lexical, lexical_weight],
    [vector, vector_weight],
  ] as const) {
    for (const [chunkId, score] of worth(list)) {
      sums.set(chunkId, (sums.get(chunkId) ?? 0) + weight * score);
    }
  }
  return Array.from(sums, ([chunkId, score]) => ({ chunkId, score })).toSorted(
    (a, b) => b.score - a.score,
  );
}
