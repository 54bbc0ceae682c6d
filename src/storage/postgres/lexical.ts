/**
 * Search by words in plain SQL: BM25 over a GIN index of `tsvector`. How often a word stands in a chunk is read back
 * from `ts_rank`, which for one word alone is the sum of 1/n² up to that number, by that of all n.
 */
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { ChunkFilter, ChunkHit } from "../../workflow/ports/stores/chunk-search.ts";
import type { Schema } from "../schema.ts";
import { ownerWord, toQueryWords } from "../words.ts";
import { quote } from "./term-vector.ts";
import type { StoreStatistics, TermStatistics } from "./term-statistics.ts";
import { isLarge, type SetSizes, visible } from "./visible.ts";
import { findByWordIndex } from "./word-index.ts";

/** The rarest words of a long question say enough. */
const MAX_TERMS = 48;

/**
 * In a large set, the rarest words are looked for until they stand in so many chunks together; the others raise the
 * score of those chunks, but find none by themselves.
 */
const CANDIDATES = 1000;

/** No search ranks more than this, however common its rarest word is. */
const MAX_CANDIDATES = 10_000;

/** BM25's parameters: how soon a word that comes again counts no more, and how much a long chunk pays for it. */
const K1 = 1.2;
const B = 0.75;

/** The sum of 1/n² over all n. */
const ALL_SQUARES = Math.PI ** 2 / 6;

interface Term {
  /** As the dictionary stems it. */
  readonly word: string;
  /** In how many chunks of the store it stood when they were counted. */
  readonly chunks: number;
}

/** The word of an owner in the index; no text has a word that begins like this. */
export function ownerTerm(ownerId: string): string {
  return `#${ownerWord(ownerId)}`;
}

function anyOf(terms: readonly Term[]): string {
  return terms.map(({ word }) => quote(word)).join(" | ");
}

/** The rarest terms that find enough chunks. */
function findersOf(terms: readonly Term[]): readonly Term[] {
  let found = 0;
  const enough = terms.findIndex(({ chunks }) => {
    found += chunks;
    return found > CANDIDATES;
  });
  return enough < 0 ? terms : terms.slice(0, Math.max(1, enough));
}

function columns(prefix: string, terms: readonly Term[]): RawBuilder<unknown>[] {
  return terms.map((_, index) => sql.ref(`${prefix}${index}`));
}

/** `f0`, `f1`…: how often each term stands in the words of `i`. */
function frequencies(terms: readonly Term[]): RawBuilder<unknown> {
  const names = columns("f", terms);
  return sql.join(
    terms.map(({ word }, index) => {
      const rank = sql`ts_rank('{1,1,1,1}', i.words, ${quote(word)}::tsquery)::float8`;
      return sql`round(1 / (${sql.lit(ALL_SQUARES)} * (1 - ${rank})) - 0.5) as ${names[index]}`;
    }),
  );
}

/** The sum over all terms. */
function score(terms: readonly Term[]): RawBuilder<unknown> {
  const [often, within] = [columns("f", terms), columns("d", terms)];
  const weight = sql`${sql.lit(K1)} * (${sql.lit(1 - B)} + ${sql.lit(B)} * length / greatest(average, 1))`;
  return sql.join(
    terms.map((_, index) => {
      const [f, d] = [often[index], within[index]];
      const rarity = sql`ln(1 + (greatest(n - ${d}, 0) + 0.5) / (${d} + 0.5))`;
      return sql`${rarity} * ${f} * ${sql.lit(K1 + 1)} / (${f} + ${weight})`;
    }),
    sql` + `,
  );
}

/** A small set is looked at whole, and its statistics are its own. */
function ofSmallSet(terms: readonly Term[], filter: ChunkFilter): RawBuilder<unknown> {
  const [often, within] = [columns("f", terms), columns("d", terms)];
  const counts = terms.map(
    (_, index) => sql`count(*) filter (where ${often[index]} > 0)::float8 as ${within[index]}`,
  );
  return sql`
    members as materialized (
      select i.number, i.length, i.words from documents d, chunk_index i where ${visible(filter, "i")}
    ),
    counted as materialized (
      select i.number, i.length, ${frequencies(terms)} from members i where i.words @@ ${anyOf(terms)}::tsquery
    ),
    known as (
      select * from
        (select count(*)::float8 as n, avg(length)::float8 as average from members) as totals,
        (select ${sql.join(counts)} from counted) as counts
    )`;
}

/** By the index that every PostgreSQL has. */
function byRarestWords(terms: readonly Term[], ownerId: string): RawBuilder<boolean> {
  const found = `${quote(ownerTerm(ownerId))} & (${anyOf(findersOf(terms))})`;
  return sql`i.words @@ ${found}::tsquery`;
}

/** By their numbers, each with one of the words at least. */
function ofNumbers(numbers: readonly number[], terms: readonly Term[]): RawBuilder<boolean> {
  return sql`i.number = any(${numbers}::bigint[]) and i.words @@ ${anyOf(terms)}::tsquery`;
}

/** In a large set an index finds candidates, and the statistics are the store's. */
function ofLargeSet(
  terms: readonly Term[],
  filter: ChunkFilter,
  { chunks, averageLength }: StoreStatistics,
  candidates: RawBuilder<boolean>,
): RawBuilder<unknown> {
  const within = columns("d", terms);
  const counts = terms.map((term, index) => {
    // A word that came after the last count is rare.
    return sql`${Math.max(1, term.chunks)}::float8 as ${within[index]}`;
  });
  return sql`
    counted as materialized (
      select i.number, i.length, ${frequencies(terms)} from (
        select i.number, i.length, i.words from documents d, chunk_index i
        where ${candidates} and ${visible(filter, "i")} limit ${MAX_CANDIDATES}
      ) as i
    ),
    known as (
      select ${chunks}::float8 as n, ${averageLength}::float8 as average, ${sql.join(counts)}
    )`;
}

export class PostgresLexicalSearch {
  readonly #db: Kysely<Schema>;
  readonly #statistics: TermStatistics;
  readonly #sizes: SetSizes;

  constructor(db: Kysely<Schema>, statistics: TermStatistics, sizes: SetSizes) {
    this.#db = db;
    this.#statistics = statistics;
    this.#sizes = sizes;
  }

  async search(
    query: string,
    filter: ChunkFilter,
    limit: number,
    signal: AbortSignal,
  ): Promise<ChunkHit[]> {
    signal.throwIfAborted();
    const words = toQueryWords(query);
    if (words.length === 0) return [];
    const [terms, large] = await Promise.all([
      this.#terms(words, signal),
      isLarge(this.#db, this.#sizes, filter, signal),
    ]);
    const rarest =
      large || terms.length <= MAX_TERMS
        ? terms.slice(0, MAX_TERMS)
        : await this.#rarestOf(terms, filter, signal);
    if (rarest.length === 0) return [];
    const tables = large
      ? await this.#ofLargeSet(rarest, filter, limit, signal)
      : ofSmallSet(rarest, filter);
    const { rows } = await sql<ChunkHit>`
      with ${tables}
      select c.id as "chunkId", c.document_id as "documentId", best.score from (
        select number, ${score(rarest)} as score from counted, known order by score desc, number limit ${limit}
      ) as best join chunks c on c.number = best.number
      order by best.score desc, best.number`.execute(this.#db, { signal });
    return rows;
  }

  /** The index of pg_textsearch finds the candidates, where there is one and it finds enough. */
  async #ofLargeSet(
    terms: readonly Term[],
    filter: ChunkFilter,
    limit: number,
    signal: AbortSignal,
  ): Promise<RawBuilder<unknown>> {
    const words = terms.map(({ word }) => word);
    const statistics = await this.#statistics.read(signal);
    const { depths } = this.#sizes;
    const numbers = await findByWordIndex(this.#db, { words, filter, limit, depths }, signal);
    const candidates = numbers ? ofNumbers(numbers, terms) : byRarestWords(terms, filter.ownerId);
    return ofLargeSet(terms, filter, statistics, candidates);
  }

  /** The words as they stand in the index, the rarest first. */
  async #terms(words: readonly string[], signal: AbortSignal): Promise<Term[]> {
    const { rows } = await sql<Term>`
      select found.word, coalesce(known.chunks, 0) as chunks
      from unnest(tsvector_to_array(to_tsvector('pg_catalog.english', ${words.join(" ")}))) as found (word)
      left join search_terms known on known.word = found.word
      order by chunks, found.word`.execute(this.#db, { signal });
    return rows;
  }

  /** Of many words, those that stand in the fewest chunks of a small set, but in one at least. */
  async #rarestOf(
    terms: readonly Term[],
    filter: ChunkFilter,
    signal: AbortSignal,
  ): Promise<Term[]> {
    const words = terms.map(({ word }) => word);
    const { rows } = await sql<Term>`
      select word, count(*) as chunks
      from documents d, chunk_index i, unnest(tsvector_to_array(i.words)) as found (word)
      where ${visible(filter, "i")} and word = any(${words}::text[])
      group by word order by chunks, word limit ${MAX_TERMS}`.execute(this.#db, { signal });
    return rows;
  }
}
