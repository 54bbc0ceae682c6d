/** What the database has of indexes that a command made for searches, and of the embedding spaces that need one each. */
import { type Kysely, sql } from "kysely";
import type { Schema } from "../schema.ts";

/** The index of pg_textsearch over the words of chunks. */
export const WORD_INDEX = "chunk_index_bm25";

/** What the names of indexes of pgvector begin with; the number of the space follows. */
const VECTOR_INDEX = "chunk_vectors_near_";

export function vectorIndexName(space: number): string {
  return `${VECTOR_INDEX}${space}`;
}

/** Whether there is an index of this name that is whole: one whose building was broken off is of no use. */
export async function isWhole(
  db: Kysely<Schema>,
  name: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { rows } = await sql`
    select 1 from pg_index where indexrelid = to_regclass(${name}) and indisvalid`.execute(db, {
    signal,
  });
  return rows.length > 0;
}

/** The names of all these indexes, and whether each is whole. */
export async function readIndexes(db: Kysely<Schema>): Promise<ReadonlyMap<string, boolean>> {
  const { rows } = await sql<{ name: string; whole: boolean }>`
    select c.relname as name, i.indisvalid as whole
    from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid in (to_regclass('chunk_index'), to_regclass('chunk_vectors'))
      and (c.relname = ${WORD_INDEX} or starts_with(c.relname, ${VECTOR_INDEX}))
    order by 1`.execute(db);
  return new Map(rows.map(({ name, whole }) => [name, whole]));
}

export interface SpaceSize {
  readonly number: number;
  readonly dimensions: number;
  /** Its model and dimensions, for a person. */
  readonly label: string;
  /** At most as many as were to be counted. */
  readonly vectors: number;
}

/** The embedding spaces, each with the number of its vectors, counted up to `most`. */
export async function readSpaces(db: Kysely<Schema>, most: number): Promise<readonly SpaceSize[]> {
  const { rows } = await sql<SpaceSize>`
    select s.number, s.dimensions, s.model || ' (' || s.dimensions || ')' as label,
      (select count(*) from (select 1 from chunk_vectors v where v.space = s.number limit ${most}) as few) as vectors
    from embedding_spaces s order by s.number`.execute(db);
  return rows;
}
