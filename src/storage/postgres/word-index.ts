/**
 * The index of pg_textsearch over the words of chunks. It is made by a command (`search-indexes.ts`), and may come and go
 * at any time. It lies over what is stored already: the `tsvector` of each chunk, written out by a function word by word,
 * each as often as it counts. So titles count twice, words are those of our own analysis, and no text is kept twice.
 */
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { ChunkFilter } from "../../workflow/ports/stores/chunk-search.ts";
import type { Schema } from "../schema.ts";
import { type Extension, usableExtension } from "./extensions.ts";
import { isWhole, WORD_INDEX } from "./index-catalogue.ts";
import { visible } from "./visible.ts";

/** Writes a `tsvector` out as words with spaces between. The owner's word, which has no place, is left out. */
const WRITE_OUT = sql.id("chunk_index_terms");

/** How many candidates there are for each hit: they are ranked anew, with the statistics of all other large sets. */
const SPARE = 2;

/** What PostgreSQL says when an index, an operator or a function is not there. */
const GONE = /^(42P01|42704|42883)$/;

/** The statements that build the index, one after the other and not in a transaction; writers are not held up. */
export function createWordIndex(): readonly RawBuilder<unknown>[] {
  return [
    // Whoever maintains an index has only this schema in the search path.
    sql`
      create or replace function ${WRITE_OUT} (words tsvector) returns text
      language sql immutable strict parallel safe as $$
        select pg_catalog.string_agg(pg_catalog.repeat(lexeme || ' ', pg_catalog.cardinality(positions)), '')
        from pg_catalog.unnest(words) where positions is not null
      $$`,
    sql`
      create index concurrently ${sql.id(WORD_INDEX)} on chunk_index
      using bm25 (${WRITE_OUT}(words)) with (text_config = 'pg_catalog.simple', k1 = 1.2, b = 0.75)`,
  ];
}

/** What goes with the index. */
export function dropWriteOut(): RawBuilder<unknown> {
  return sql`drop function if exists ${WRITE_OUT} (tsvector)`;
}

interface WordQuestion {
  /** As they stand in the index. */
  readonly words: readonly string[];
  readonly filter: ChunkFilter;
  /** How many hits are asked for. */
  readonly limit: number;
  /** How many of the best chunks of all owners are looked through for those that the filter leaves, one after the other. */
  readonly depths: readonly number[];
}

interface Found {
  readonly number: number;
  /** How many chunks the index had, up to the depth. */
  readonly seen: number;
}

/**
 * The best of the whole store come from the index, in their order, and each goes through the filter: the other way round, the
 * index would be read once for each document. Nothing but ids is selected: a score that is asked for is computed from the
 * words of the chunk, which takes far longer than finding it.
 */
function atDepth(
  { words, filter }: WordQuestion,
  { schema }: Extension,
  depth: number,
  wanted: number,
): RawBuilder<Found> {
  const asked = sql`${sql.id(schema, "to_bm25query")}(${words.join(" ")}, ${WORD_INDEX})`;
  return sql`
    select i.number, i.seen from (
      select best.*, row_number() over () as place, count(*) over () as seen from (
        select number, owner_id, document_id from chunk_index
        order by ${WRITE_OUT}(words) operator(${sql.id(schema)}.<@>) ${asked} limit ${sql.lit(depth)}
      ) as best
    ) as i, lateral (select 1 from documents d where ${visible(filter, "i")} offset 0) as visible
    order by i.place limit ${wanted}`;
}

async function read(
  db: Kysely<Schema>,
  question: WordQuestion,
  extension: Extension,
  signal: AbortSignal,
): Promise<readonly number[] | null> {
  const wanted = SPARE * question.limit;
  return db.transaction().execute(async (tx) => {
    // Without the index, every chunk would be scored by itself. Sorting so few looks cheaper to the planner than it is.
    await sql`select set_config('enable_sort', 'off', true)`.execute(tx, { signal });
    for (const depth of question.depths) {
      const query = atDepth(question, extension, depth, wanted);
      const { rows } = await query.execute(tx, { signal });
      const enough = rows.length === wanted || (rows[0]?.seen ?? depth) < depth;
      if (enough) return rows.map(({ number }) => number);
    }
    return null;
  });
}

/**
 * The numbers of the best chunks that the filter leaves, twice as many as are asked for, or all that have one of the words. Null
 * when there is no index that is whole, or when too few of the best were left: then there may be others.
 */
export async function findByWordIndex(
  db: Kysely<Schema>,
  question: WordQuestion,
  signal: AbortSignal,
): Promise<readonly number[] | null> {
  if (!(await isWhole(db, WORD_INDEX, signal))) return null;
  const extension = await usableExtension(db, "pg_textsearch", signal);
  if (!extension) return null;
  return read(db, question, extension, signal).catch((error: unknown) => {
    // It went away since it was asked for.
    if (error instanceof Error && "code" in error && GONE.test(String(error.code))) return null;
    throw error;
  });
}
