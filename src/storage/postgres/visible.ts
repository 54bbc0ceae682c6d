/** Which chunks a search may find, in SQL: the owner's, of documents that are ready, as the filter says. */
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { ChunkFilter } from "../../workflow/ports/stores/chunk-search.ts";
import type { Schema } from "../schema.ts";

/** What decides which way a search goes. Tests have others, and no time for so many chunks. */
export interface SetSizes {
  /** Up to so many the filter goes first, and all of them are looked at; above, an index goes first. */
  readonly small: number;
  /** Below so many, reading all signatures of vectors takes less time than it does to go through an index of pgvector. */
  readonly indexed: number;
  /**
   * How many of the best chunks of all owners an index of words is asked for, one number after the other, until the filter
   * leaves enough of them. Where the last one is not enough, looking among the owner's takes less time.
   */
  readonly depths: readonly number[];
}

export const SET_SIZES: SetSizes = { small: 3000, indexed: 20_000, depths: [1000, 10_000] };

/** Of a row `d` of documents: what a search may find. */
function searched({ ownerId, collections, documentIds }: ChunkFilter): RawBuilder<unknown> {
  const parts = [sql`d.owner_id = ${ownerId}`, sql`d.status = 'ready'`];
  if (collections.length > 0) parts.push(sql`d.collection = any(${collections}::text[])`);
  if (documentIds) parts.push(sql`d.id = any(${documentIds}::text[])`);
  return sql.join(parts, sql` and `);
}

/** Of a row `d` of documents, and one of the same document in a table of chunks. */
export function visible(filter: ChunkFilter, chunks: string): RawBuilder<unknown> {
  return sql`${searched(filter)} and ${sql.ref(`${chunks}.owner_id`)} = ${filter.ownerId}
    and ${sql.ref(`${chunks}.document_id`)} = d.id`;
}

/**
 * How many chunks the filter leaves, as their documents say; more than `most` when they are more, which is as far as it
 * counts.
 */
export async function countUpTo(
  db: Kysely<Schema>,
  most: number,
  filter: ChunkFilter,
  signal: AbortSignal,
): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select coalesce(sum(chunks), 0)::float8 as n from (
      select d.chunks from documents d where ${searched(filter)} and d.chunks > 0 limit ${most + 1}
    ) as few`.execute(db, { signal });
  return rows[0]?.n ?? 0;
}

/** True when the filter leaves more than it makes sense to look at one by one. */
export async function isLarge(
  db: Kysely<Schema>,
  { small }: SetSizes,
  filter: ChunkFilter,
  signal: AbortSignal,
): Promise<boolean> {
  return (await countUpTo(db, small, filter, signal)) > small;
}
