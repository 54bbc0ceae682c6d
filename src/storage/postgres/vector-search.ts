/**
 * Search by meaning without an extension. A small set is compared exactly. In a large one the signatures, a bit for
 * each dimension, find candidates by the number of bits that differ, and those are compared exactly.
 */
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { ChunkFilter, ChunkHit, Vector } from "../../workflow/ports/knowledge.ts";
import { Best } from "../nearest.ts";
import type { Schema } from "../schema.ts";
import { cosine, toVector } from "../vectors.ts";
import { isLarge, visible } from "./visible.ts";

/** How many candidates are compared exactly: several times what anybody asks for. */
const CANDIDATES = 1000;

/** A bit for each dimension: 1 where the vector is above 0. */
export function signatureOf(vector: Vector): string {
  return Array.from(vector, (value) => (value > 0 ? "1" : "0")).join("");
}

interface Candidate {
  readonly chunkId: string;
  readonly documentId: string;
  readonly vector: Uint8Array;
}

function few(filter: ChunkFilter, space: number): RawBuilder<Candidate> {
  return sql`
    select c.id as "chunkId", c.document_id as "documentId", v.vector
    from documents d, chunks c, chunk_vectors v
    where ${visible(filter, "c")} and v.chunk = c.number and v.space = ${space} and v.owner_id = ${filter.ownerId}
    order by c.number`;
}

function nearest(filter: ChunkFilter, space: number, vector: Vector): RawBuilder<Candidate> {
  return sql`
    with near as materialized (
      select v.chunk from documents d, chunk_vectors v where v.space = ${space} and ${visible(filter, "v")}
      order by bit_count(v.signature # ${signatureOf(vector)}::varbit), v.chunk limit ${CANDIDATES}
    )
    select c.id as "chunkId", c.document_id as "documentId", v.vector
    from near
      join chunks c on c.number = near.chunk
      join chunk_vectors v on v.chunk = near.chunk and v.space = ${space}
    order by c.number`;
}

/** The nearest chunks by cosine. `space` is the number of the embedding space. */
export async function searchVectors(
  db: Kysely<Schema>,
  space: number,
  vector: Vector,
  filter: ChunkFilter,
  limit: number,
  signal: AbortSignal,
): Promise<ChunkHit[]> {
  const large = await isLarge(db, filter, signal);
  const candidates = large ? nearest(filter, space, vector) : few(filter, space);
  const { rows } = await candidates.execute(db, { signal });
  const best = new Best(limit);
  for (const [place, row] of rows.entries())
    best.offer(place, cosine(vector, toVector(row.vector)));
  return best.list().flatMap(({ number, score }) => {
    const row = rows[number];
    return row ? [{ chunkId: row.chunkId, documentId: row.documentId, score }] : [];
  });
}
