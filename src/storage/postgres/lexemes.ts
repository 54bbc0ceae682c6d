/**
 * What PostgreSQL's English dictionary makes of words. Having it stem every word of every chunk takes most of the time
 * of an insertion, and few words of a text are new: so it is asked once for each, and the answers are kept.
 */
import { type Kysely, sql } from "kysely";
import type { Schema } from "../schema.ts";
import { slices } from "../slices.ts";
import { type Lexeme, quote } from "./term-vector.ts";

/** Words that are kept: most of what is written in a language, in some megabytes. */
const MAX_KNOWN = 50_000;

/** Words of one question: reading the answer to more would hold up the event loop. */
const WORDS_ASKED = 1000;

/** Numbers are what they are: nobody need be asked. */
const DIGITS = /^[0-9]+$/;

interface Vocabulary {
  /** Of each word; none for those that are not indexed. */
  readonly words: Map<string, readonly Lexeme[]>;
  readonly lexemes: Map<string, Lexeme>;
}

function newVocabulary(): Vocabulary {
  return { words: new Map(), lexemes: new Map() };
}

function remember({ words, lexemes }: Vocabulary, word: string, found: readonly string[]): void {
  const of = found.map((text) => {
    const lexeme = lexemes.get(text) ?? { quoted: quote(text), count: 0 };
    lexemes.set(text, lexeme);
    return lexeme;
  });
  words.set(word, of);
}

export class Lexemes {
  readonly #db: Kysely<Schema>;
  readonly #maxKnown: number;
  #vocabulary = newVocabulary();

  constructor(db: Kysely<Schema>, maxKnown = MAX_KNOWN) {
    this.#db = db;
    this.#maxKnown = maxKnown;
  }

  /** The lexemes of each text's words, in any order, each as often as it stands there. */
  async find(texts: readonly (readonly string[])[]): Promise<Lexeme[][]> {
    if (this.#vocabulary.words.size > this.#maxKnown) this.#vocabulary = newVocabulary();
    // Another call may begin a new one meanwhile.
    const vocabulary = this.#vocabulary;
    const unknown: { word: string; lexemes: Lexeme[] }[] = [];
    const found = texts.map((words) => {
      const lexemes: Lexeme[] = [];
      for (const word of words) {
        const known = vocabulary.words.get(word);
        if (known) lexemes.push(...known);
        else unknown.push({ word, lexemes });
      }
      return lexemes;
    });
    await this.#learn(vocabulary, new Set(unknown.map(({ word }) => word)));
    for (const { word, lexemes } of unknown) lexemes.push(...(vocabulary.words.get(word) ?? []));
    return found;
  }

  async #learn(vocabulary: Vocabulary, words: ReadonlySet<string>): Promise<void> {
    const asked: string[] = [];
    for (const word of words) {
      if (DIGITS.test(word)) remember(vocabulary, word, [word]);
      else asked.push(word);
    }
    for (const some of slices(asked, WORDS_ASKED)) {
      // A lexeme has no space in it: no word has one.
      const { rows } = await sql<{ word: string; lexemes: string }>`
        select word, array_to_string(tsvector_to_array(to_tsvector('pg_catalog.english', word)), ' ') as lexemes
        from unnest(${some}::text[]) as given (word)`.execute(this.#db);
      for (const { word, lexemes } of rows) {
        remember(vocabulary, word, lexemes === "" ? [] : lexemes.split(" "));
      }
    }
  }
}
