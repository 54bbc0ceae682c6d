/** Search by words on FTS5: BM25 with the store's statistics, which FTS5 keeps exact itself. */
import { LRUCache } from "lru-cache";
import type { ChunkFilter, ChunkHit } from "../../../workflow/ports/stores/chunk-search.ts";
import { ownerWord, toQueryWords } from "../../words.ts";
import type { Connection } from "./connection.ts";
import { chunkCondition, confirmed, isLarge, isNarrowed, type NumberedHit } from "./visible.ts";

/** The rarest words of a long question say enough. */
const MAX_WORDS = 48;

/**
 * In a large set, the rarest words are looked for until they stand in so many chunks together; the others raise
 * the score of those chunks, but find none by themselves.
 */
const CANDIDATES = 2000;

/** A word is not counted further than so many times the candidates: it does not find any more, whatever the number. */
const COUNTED_CANDIDATES = 3;

/** A title counts twice; the owner's word counts nothing. */
const SCORE = "-bm25(chunk_index, 2.0, 1.0, 0.0)";

/** How long a count of chunks may be used: it decides what is looked at first, not who is right. */
const COUNT_LIFE_MS = 60_000;
const MAX_COUNTS = 20_000;

interface CountedWord {
  readonly word: string;
  /** In how many of the owner's chunks it stands, as far as that was counted. */
  readonly chunks: number;
}

export interface LexicalQuery {
  readonly query: string;
  readonly filter: ChunkFilter;
  readonly limit: number;
}

export class LexicalSearch {
  readonly #db: Connection;
  readonly #candidates: number;
  readonly #counts = new LRUCache<string, number>({ max: MAX_COUNTS, ttl: COUNT_LIFE_MS });

  constructor(db: Connection, candidates = CANDIDATES) {
    this.#db = db;
    this.#candidates = candidates;
  }

  search({ query, filter, limit }: LexicalQuery): ChunkHit[] {
    const large = isLarge(this.#db, filter);
    const match = this.#match(toQueryWords(query), filter, large);
    if (match === null) return [];
    const within = !large || isNarrowed(filter) ? chunkCondition(filter) : null;
    return confirmed(this.#db, filter.ownerId, limit, (most) =>
      this.#db.all<NumberedHit>(
        `select rowid as number, ${SCORE} as score from chunk_index where chunk_index match ?
         ${within ? `and ${among("rowid", within.sql)}` : ""}
         order by score desc, rowid limit ?`,
        match,
        ...(within?.parameters ?? []),
        most,
      ),
    );
  }

  /** The expression that FTS5 is to match, or null when there is nothing to look for. */
  #match(words: readonly string[], filter: ChunkFilter, large: boolean): string | null {
    if (words.length === 0) return null;
    const owner = `owner:${quote(ownerWord(filter.ownerId))}`;
    if (!large && words.length <= MAX_WORDS) return `${owner} AND ${anyOf(words)}`;
    const rarest = this.#rarestOf(words, owner, filter);
    if (rarest.length === 0) return null;
    const finders = large ? this.#findersOf(rarest, owner, filter) : rarest.length;
    return toMatch(rarest, finders, owner);
  }

  /** The words that stand in any of the owner's chunks, the rarest first. */
  #rarestOf(words: readonly string[], owner: string, filter: ChunkFilter): CountedWord[] {
    const count = (most: number | null): CountedWord[] =>
      words
        .map((word) => ({ word, chunks: this.#count(`${owner} AND ${anyOf([word])}`, most) }))
        .filter(({ chunks }) => chunks > 0)
        .toSorted((a, b) => a.chunks - b.chunks);
    // What the filter leaves of a word is estimated from all of it, so there all is counted.
    const most = isNarrowed(filter) ? null : this.#candidates * COUNTED_CANDIDATES;
    const counted = count(most);
    // Where every word is common, the rarest one must still be known: it alone finds.
    const known = most !== null && counted[0]?.chunks === most ? count(null) : counted;
    return known.slice(0, MAX_WORDS);
  }

  /** How many of these words, the rarest first, find enough chunks. */
  #findersOf(words: readonly CountedWord[], owner: string, filter: ChunkFilter): number {
    const share = this.#shareOf(filter, owner);
    let found = 0;
    const enough = words.findIndex(({ chunks }) => {
      found += chunks * share;
      return found > this.#candidates;
    });
    return enough < 0 ? words.length : Math.max(1, enough);
  }

  /** The part of the owner's chunks that the filter leaves. */
  #shareOf(filter: ChunkFilter, owner: string): number {
    if (!isNarrowed(filter)) return 1;
    const { sql, parameters } = chunkCondition(filter);
    const [left] = this.#db.all<{ n: number }>(`select count(*) as n ${sql}`, ...parameters);
    return Math.min(1, (left?.n ?? 0) / Math.max(1, this.#count(owner, null)));
  }

  /** How many entries match; it stops at `most`, where there is one. */
  #count(match: string, most: number | null): number {
    const key = `${most} ${match}`;
    const known = this.#counts.get(key);
    if (known !== undefined) return known;
    const [row] = this.#db.all<{ n: number }>(
      "select count(*) as n from (select 1 from chunk_index where chunk_index match ? limit ?)",
      match,
      most ?? -1,
    );
    const count = row?.n ?? 0;
    this.#counts.set(key, count);
    return count;
  }
}

/** Words have nothing but letters, digits and marks; between quotes none of them is an operator. */
function quote(word: string): string {
  return `"${word.replaceAll('"', '""')}"`;
}

function anyOf(words: readonly string[]): string {
  return `{title text}:(${words.map(quote).join(" OR ")})`;
}

/** The plus sign keeps SQLite from asking FTS5 once for each number. */
function among(column: string, numbers: string): string {
  return `+${column} in (select c.number ${numbers})`;
}

/**
 * The first words find entries, the others only add to their scores: they, or the owner's word, which every
 * entry has and which counts nothing.
 */
function toMatch(words: readonly CountedWord[], finders: number, owner: string): string {
  const all = words.map(({ word }) => word);
  const found = `${owner} AND ${anyOf(all.slice(0, finders))}`;
  const others = all.slice(finders);
  return others.length === 0 ? found : `${found} AND (${anyOf(others)} OR ${owner})`;
}
