/** Test collections of retrieval: documents, questions, and which documents answer which question. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface CollectionDocument {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

interface Question {
  readonly text: string;
  /** How relevant each relevant document is, by its id. */
  readonly relevant: ReadonlyMap<string, number>;
}

export interface Collection {
  readonly name: string;
  readonly documents: readonly CollectionDocument[];
  /** Those to which there is an answer. */
  readonly questions: readonly Question[];
}

interface Line {
  readonly _id: string;
  readonly title?: string;
  readonly text: string;
}

function readLines(file: string): Line[] {
  const lines = readFileSync(file, "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Line);
}

function readJudgements(file: string): Map<string, Map<string, number>> {
  const byQuestion = new Map<string, Map<string, number>>();
  for (const line of readFileSync(file, "utf8").trim().split("\n").slice(1)) {
    const [question, document, score] = line.split("\t");
    if (question === undefined || document === undefined || !(Number(score) > 0)) continue;
    const relevant = byQuestion.get(question) ?? new Map<string, number>();
    relevant.set(document, Number(score));
    byQuestion.set(question, relevant);
  }
  return byQuestion;
}

/** The names of the collections in a folder: its folders with `corpus.jsonl`, `queries.jsonl` and `qrels.tsv`. */
export function collectionNames(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const isCollection = (name: string): boolean =>
    ["corpus.jsonl", "queries.jsonl", "qrels.tsv"].every((file) =>
      existsSync(join(folder, name, file)),
    );
  return readdirSync(folder).filter(isCollection).toSorted();
}

export function readCollection(folder: string, name: string): Collection {
  const judgements = readJudgements(join(folder, name, "qrels.tsv"));
  return {
    name,
    documents: readLines(join(folder, name, "corpus.jsonl")).map(({ _id, title, text }) => ({
      id: _id,
      title: title ?? "",
      text,
    })),
    questions: readLines(join(folder, name, "queries.jsonl")).flatMap(({ _id, text }) => {
      const relevant = judgements.get(_id);
      return relevant ? [{ text, relevant }] : [];
    }),
  };
}

/** The discounted gain of the first ten by the greatest possible one: 1 is perfect. */
export function ndcgAt10(found: readonly string[], relevant: ReadonlyMap<string, number>): number {
  const gain = (scores: readonly number[]): number =>
    scores.slice(0, 10).reduce((sum, score, index) => sum + score / Math.log2(index + 2), 0);
  const ideal = [...relevant.values()].toSorted((a, b) => b - a);
  return gain(found.map((id) => relevant.get(id) ?? 0)) / gain(ideal);
}

/** The share of the relevant documents among the first hundred. */
export function recallAt100(
  found: readonly string[],
  relevant: ReadonlyMap<string, number>,
): number {
  return found.slice(0, 100).filter((id) => relevant.has(id)).length / relevant.size;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
