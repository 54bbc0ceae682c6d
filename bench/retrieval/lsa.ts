/**
 * A stand-in for an embedding model, made from the collection itself: latent semantic analysis. Documents are rows of
 * a matrix of word weights; the directions in which they differ most, found by repeated multiplication from a random
 * start, are the dimensions.
 */
import type { Embedder } from "../../src/workflow/ports/search-models.ts";
import type { EmbeddingSpace, Vector } from "../../src/workflow/ports/stores/vectors.ts";
import { toQueryWords } from "../../src/storage/words.ts";

const DIMENSIONS = 200;
const ITERATIONS = 6;

/** The places of the words of a text that the matrix has, and their weights. */
interface Row {
  readonly words: Int32Array;
  readonly weights: Float64Array;
}

/** `columns` numbers for each of `rows`, one row after the other. */
interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

function matrix(rows: number, columns: number): Matrix {
  return { rows, columns, values: new Float64Array(rows * columns) };
}

/** The same numbers in every run, between -0.5 and 0.5. */
function fillAtRandom({ values }: Matrix): void {
  let state = 42;
  for (let i = 0; i < values.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    values[i] = state / 2 ** 32 - 0.5;
  }
}

/** English endings off: enough for words of one stem to meet. */
function stem(word: string): string {
  return word.replace(/(?:ing|ed|es|s|ly)$/, "");
}

function countWords(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  const words = text.split(/\s+/).flatMap(toQueryWords).map(stem);
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** A row times a matrix with a row for each word, added to `into`. */
function project(row: Row, basis: Matrix, into: Float64Array): void {
  for (const [index, word] of row.words.entries()) {
    const weight = row.weights[index]!;
    const offset = word * basis.columns;
    for (let i = 0; i < basis.columns; i++) into[i]! += weight * basis.values[offset + i]!;
  }
}

/** What every document says about every direction, back in words: the basis multiplied by the matrix twice. */
function multiplyTwice(rows: readonly Row[], basis: Matrix): Matrix {
  const result = matrix(basis.rows, basis.columns);
  const seen = new Float64Array(basis.columns);
  for (const row of rows) {
    seen.fill(0);
    project(row, basis, seen);
    for (const [index, word] of row.words.entries()) {
      const weight = row.weights[index]!;
      const offset = word * basis.columns;
      for (let i = 0; i < seen.length; i++) result.values[offset + i]! += weight * seen[i]!;
    }
  }
  return result;
}

/** Makes the columns of a matrix unit vectors at right angles (Gram-Schmidt, on the columns as rows). */
function orthonormalise({ rows, columns, values }: Matrix): void {
  const lines = Array.from({ length: columns }, (_, column) =>
    Float64Array.from({ length: rows }, (_, row) => values[row * columns + column]!),
  );
  for (const [index, line] of lines.entries()) {
    for (const other of lines.slice(0, index)) {
      let dot = 0;
      for (let i = 0; i < rows; i++) dot += line[i]! * other[i]!;
      for (let i = 0; i < rows; i++) line[i]! -= dot * other[i]!;
    }
    const length = Math.sqrt(line.reduce((sum, value) => sum + value * value, 0)) || 1;
    for (let i = 0; i < rows; i++) line[i]! /= length;
  }
  for (const [column, line] of lines.entries()) {
    for (let row = 0; row < rows; row++) values[row * columns + column] = line[row]!;
  }
}

function toUnit(values: Float64Array): Vector {
  let sum = 0;
  for (const value of values) sum += value * value;
  const length = Math.sqrt(sum) || 1;
  return Float32Array.from(values, (value) => value / length);
}

/** An embedder that has learned from these texts. */
export function learnEmbedder(name: string, texts: readonly string[]): Embedder {
  const counted = texts.map(countWords);
  const within = new Map<string, number>();
  for (const counts of counted) {
    for (const word of counts.keys()) within.set(word, (within.get(word) ?? 0) + 1);
  }
  const known = [...within].filter(([, documents]) => documents > 1);
  const places = new Map(known.map(([word], index) => [word, index]));
  const rarity = Float64Array.from(known, ([, documents]) => Math.log(texts.length / documents));
  const toRow = (counts: ReadonlyMap<string, number>): Row => {
    const entries = [...counts].filter(([word]) => places.has(word));
    const words = Int32Array.from(entries, ([word]) => places.get(word)!);
    const raw = entries.map(([, count], index) => (1 + Math.log(count)) * rarity[words[index]!]!);
    const length = Math.sqrt(raw.reduce((sum, value) => sum + value * value, 0)) || 1;
    return { words, weights: Float64Array.from(raw, (value) => value / length) };
  };
  const rows = counted.map(toRow);
  let basis = matrix(known.length, DIMENSIONS);
  fillAtRandom(basis);
  for (let i = 0; i < ITERATIONS; i++) {
    orthonormalise(basis);
    basis = multiplyTwice(rows, basis);
  }
  orthonormalise(basis);
  const space: EmbeddingSpace = {
    provider: "lsa",
    model: name,
    dimensions: DIMENSIONS,
    version: 1,
  };
  const embedOne = (text: string): Vector => {
    const sums = new Float64Array(DIMENSIONS);
    project(toRow(countWords(text)), basis, sums);
    return toUnit(sums);
  };
  return {
    space: () => Promise.resolve(space),
    embed: (list) => Promise.resolve(list.map(embedOne)),
  };
}
