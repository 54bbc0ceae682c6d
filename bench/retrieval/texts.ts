/** Any number of texts that read like those of the collections: their sentences, mixed anew. */
import type { Collection } from "./collection.ts";

/** Characters of a text, at least. */
const TEXT_LENGTH = 1200;
const SHORTEST_SENTENCE = 20;

/** The same numbers in every run, between 0 and 1. */
function randomNumbers(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export function mixTexts(collections: readonly Collection[]): Iterator<string, never> {
  const sentences = collections
    .flatMap(({ documents }) => documents.flatMap(({ text }) => text.split(/(?<=[.!?])\s+/)))
    .filter((sentence) => sentence.length > SHORTEST_SENTENCE);
  const random = randomNumbers();
  const pick = (): string => sentences[Math.floor(random() * sentences.length)] ?? "";
  return {
    next: () => {
      let text = pick();
      while (text.length < TEXT_LENGTH) text += ` ${pick()}`;
      return { done: false, value: text };
    },
  };
}
