/** Answers a question with sentences of the passages, word for word. */
import type { NumberedPassage } from "./passages.ts";
import { sentences, stems } from "./words.ts";

/** The share of the question's weight that a sentence must meet to count as an answer. */
const MIN_SCORE = 0.34;
/** A further sentence must come this near to the best. */
const NEAR_BEST = 0.7;
const MAX_SENTENCES = 3;
/** A sentence longer than this is shown from its beginning, in characters. */
const MAX_SENTENCE_LENGTH = 500;
/** How a sentence's own words and those around it (passage and title) count. */
const SENTENCE_SHARE = 0.7;

/** What is measured is in the question, not in the answer: "24 months" answers "how long?". */
const MEASURE =
  /\bhow\s+(?:long|often|far|old|big|large|small|high|tall|deep|wide|heavy|fast|quickly|soon|expensive|late|early)\b/gi;

interface Candidate {
  readonly text: string;
  readonly index: number;
  readonly own: ReadonlySet<string>;
  readonly around: ReadonlySet<string>;
}

/** The answer in Markdown with `[n]` citations, or that the documents do not contain one. */
export function extractiveAnswer(question: string, passages: readonly NumberedPassage[]): string {
  const best = bestSentences(question, passages);
  if (best.length === 0) return noAnswer(question, passages);
  const lines = best.map(({ text, index }) => `${bounded(text)} [${index}]`);
  const [only] = lines;
  if (lines.length === 1 && only !== undefined) return `From the documents: ${only}`;
  return `From the documents:\n\n${lines.map((line) => `- ${line}`).join("\n")}`;
}

function bestSentences(question: string, passages: readonly NumberedPassage[]): Candidate[] {
  const wanted = stems(question.replaceAll(MEASURE, " "));
  const candidates = passages.flatMap(toCandidates);
  if (wanted.size === 0 || candidates.length === 0) return [];
  const weights = weigh(wanted, candidates);
  const scored = candidates
    .map((candidate) => ({ candidate, score: score(candidate, weights) }))
    .filter(({ score }) => score >= MIN_SCORE)
    .toSorted((a, b) => b.score - a.score);
  const bar = (scored[0]?.score ?? 0) * NEAR_BEST;
  const seen = new Set<string>();
  return scored
    .filter(({ candidate, score }) => {
      const isNew = !seen.has(candidate.text);
      seen.add(candidate.text);
      return isNew && score >= bar;
    })
    .slice(0, MAX_SENTENCES)
    .map(({ candidate }) => candidate);
}

function toCandidates(passage: NumberedPassage): Candidate[] {
  const around = stems(`${passage.title} ${passage.text}`);
  return sentences(passage.text)
    .map((text) => ({ text: withoutMarks(text), index: passage.index }))
    .filter(({ text }) => text !== "")
    .map(({ text, index }) => ({ text, index, own: stems(text), around }));
}

/**
 * A list item's or heading's mark would break the answer's own Markdown, a fence would make code of the rest of it, and a
 * document's own `[2]` would cite a passage of the answer.
 */
function withoutMarks(sentence: string): string {
  return sentence
    .replace(/^(?:[-*>]|#{1,6}|\d+\.)\s+/, "")
    .replaceAll(/`{3,}|~{3,}/g, "")
    .replaceAll(/\[(\d[\d\s,;–-]*)\]/g, "($1)");
}

/** A rare word of the question says more than a common one; one that no passage has says most. */
function weigh(wanted: ReadonlySet<string>, candidates: readonly Candidate[]): Map<string, number> {
  const weights = new Map<string, number>();
  for (const term of wanted) {
    const holders = candidates.filter((candidate) => candidate.own.has(term)).length;
    weights.set(term, Math.log(1 + candidates.length / (holders + 0.5)));
  }
  return weights;
}

function score(candidate: Candidate, weights: ReadonlyMap<string, number>): number {
  let all = 0;
  let own = 0;
  let around = 0;
  for (const [term, weight] of weights) {
    all += weight;
    if (candidate.own.has(term)) own += weight;
    if (candidate.around.has(term)) around += weight;
  }
  // A sentence without a word of the question is no answer, however well its surroundings fit.
  return own === 0 ? 0 : (SENTENCE_SHARE * own + (1 - SENTENCE_SHARE) * around) / all;
}

function noAnswer(question: string, passages: readonly NumberedPassage[]): string {
  const looked =
    passages.length === 0
      ? "No passage matched the question."
      : `The ${passages.length === 1 ? "passage found does" : `${passages.length} passages found do`} not match it well enough.`;
  const asked = question.trim() === "" ? "" : " Try the words that the documents use.";
  return `The documents do not contain an answer to this question. ${looked}${asked}`;
}

function bounded(text: string): string {
  return text.length <= MAX_SENTENCE_LENGTH
    ? text
    : `${text.slice(0, MAX_SENTENCE_LENGTH).toWellFormed()}…`;
}
