/** Values of PostgreSQL's full-text types, written as text. */

/** A word as it stands in the index; the same object wherever it is found in one call. */
export interface Lexeme {
  /** As it is written in a `tsvector`. */
  readonly quoted: string;
  /** How often it stands in the text that is being counted; 0 at any other time. */
  count: number;
}

/** A `tsvector` keeps no more places of one word. */
const MAX_PLACES = 255;

/** The first so many places, one list for each length: "1", "1,2", "1,2,3"… */
const PLACES = Array.from({ length: MAX_PLACES + 1 }, (_, count) =>
  Array.from({ length: count }, (_place, index) => index + 1).join(","),
);

const SPECIAL = /['\\]/;

/** A word as it stands in a `tsquery` or a `tsvector`: between quotes nothing is an operator. */
export function quote(word: string): string {
  if (!SPECIAL.test(word)) return `'${word}'`;
  return `'${word.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

/** Counts a text's lexemes, each `times` for once, and adds those that had not been counted yet to `counted`. */
function count(lexemes: readonly Lexeme[], times: number, counted: Lexeme[]): void {
  for (const lexeme of lexemes) {
    if (lexeme.count === 0) counted.push(lexeme);
    lexeme.count += times;
  }
}

/**
 * A `tsvector` of the words of titles, which count twice, of those of a text, and of a word that has no place and counts
 * nothing. Ranking looks at how many places a word has, not where: they are numbered from 1 for each word.
 */
export function toTermVector(
  titles: readonly Lexeme[],
  text: readonly Lexeme[],
  unplaced: string,
): string {
  const counted: Lexeme[] = [];
  count(titles, 2, counted);
  count(text, 1, counted);
  let vector = quote(unplaced);
  for (const lexeme of counted) {
    vector += ` ${lexeme.quoted}:${PLACES[Math.min(lexeme.count, MAX_PLACES)]}`;
    lexeme.count = 0;
  }
  return vector;
}
