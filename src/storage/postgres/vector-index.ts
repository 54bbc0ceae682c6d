/**
 * Indexes of pgvector over the signatures of vectors, one for each embedding space. They are made by a command
 * (`search-indexes.ts`); PostgreSQL keeps them, also for instances that know nothing of them. So an index, and the
 * extension, may come and go at any time.
 */
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { Schema } from "../schema.ts";
import { type Extension, usableExtension } from "./extensions.ts";
import { isWhole, vectorIndexName } from "./index-catalogue.ts";

/** pgvector's limit for bits. */
export const MAX_DIMENSIONS = 64_000;

/** The statement that builds the index of a space, without holding up writers; not in a transaction. */
export function createVectorIndex(
  space: { readonly number: number; readonly dimensions: number },
  { schema }: Extension,
): RawBuilder<unknown> {
  return sql`
    create index concurrently ${sql.id(vectorIndexName(space.number))} on chunk_vectors
    using hnsw ((signature::bit(${sql.lit(space.dimensions)})) ${sql.id(schema, "bit_hamming_ops")})
    where space = ${sql.lit(space.number)}`;
}

/** pgvector, when a space has an index that is whole; else null. Asked by every search of a large set. */
export async function vectorIndexOf(
  db: Kysely<Schema>,
  space: number,
  signal: AbortSignal,
): Promise<Extension | null> {
  const whole = await isWhole(db, vectorIndexName(space), signal);
  return whole ? usableExtension(db, "vector", signal) : null;
}
