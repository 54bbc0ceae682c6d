/**
 * Search by meaning. A small set is compared exactly. In a large one the signatures, a bit for each dimension, find
 * candidates by the number of bits that differ, and those are compared exactly; in a very large one an index of
 * pgvector finds these candidates, where there is one.
 */
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { ChunkFilter, ChunkHit } from "../../workflow/ports/stores/chunk-search.ts";
import type { Vector } from "../../workflow/ports/stores/vectors.ts";
import { Best } from "../nearest.ts";
import type { Schema } from "../schema.ts";
import { cosine, toVector } from "../vectors.ts";
import type { Extension } from "./extensions.ts";
import { vectorIndexOf } from "./vector-index.ts";
import { countUpTo, isLarge, type SetSizes, visible } from "./visible.ts";

/** How many candidates are compared exactly: several times what anybody asks for. */
const CANDIDATES = 1000;

/** How many entries of an index are looked at for these, at most, when the filter leaves few of them. */
const SCANNED = 100_000;

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

/** The number of a space, and what is looked for in it. */
interface Question {
  readonly space: number;
  readonly vector: Vector;
  readonly filter: ChunkFilter;
}

/** What the search compares exactly, of the chunks in a table `near`. */
function candidates(near: RawBuilder<unknown>, space: number): RawBuilder<Candidate> {
  return sql`
    with near as materialized (${near})
    select c.id as "chunkId", c.document_id as "documentId", v.vector
    from near
      join chunks c on c.number = near.chunk
      join chunk_vectors v on v.chunk = near.chunk and v.space = ${space}
    order by c.number`;
}

function bySignature({ space, vector, filter }: Question): RawBuilder<Candidate> {
  const near = sql`
    select v.chunk from documents d, chunk_vectors v where v.space = ${space} and ${visible(filter, "v")}
    order by bit_count(v.signature # ${signatureOf(vector)}::varbit), v.chunk limit ${CANDIDATES}`;
  return candidates(near, space);
}

/** The space and the dimensions stand in the text as they do in the index: else the planner does not know it again. */
function byIndex({ space, vector, filter }: Question, schema: string): RawBuilder<Candidate> {
  const bits = sql`bit(${sql.lit(vector.length)})`;
  const near = sql`
    select v.chunk from chunk_vectors v
    where v.space = ${sql.lit(space)}
      and exists (select 1 from documents d where ${visible(filter, "v")})
    order by v.signature::${bits} operator(${sql.id(schema)}.<~>) ${signatureOf(vector)}::${bits} limit ${CANDIDATES}`;
  return candidates(near, space);
}

/**
 * The index goes on from the nearest outwards until the filter has left enough, or it has seen `SCANNED`. Null when it
 * gave up before: then there may be candidates that it did not come to.
 */
async function readIndex(
  db: Kysely<Schema>,
  question: Question,
  { schema }: Extension,
  signal: AbortSignal,
): Promise<Candidate[] | null> {
  const rows = await db.transaction().execute(async (tx) => {
    // Sorting all signatures looks cheaper to the planner than it is.
    await sql`
      select set_config('hnsw.iterative_scan', 'relaxed_order', true), set_config('enable_sort', 'off', true),
        set_config('hnsw.ef_search', ${String(CANDIDATES)}, true),
        set_config('hnsw.max_scan_tuples', ${String(SCANNED)}, true)`.execute(tx, { signal });
    return (await byIndex(question, schema).execute(tx, { signal })).rows;
  });
  return rows.length < CANDIDATES ? null : rows;
}

async function read(
  db: Kysely<Schema>,
  sizes: SetSizes,
  question: Question,
  signal: AbortSignal,
): Promise<readonly Candidate[]> {
  const { filter, space } = question;
  if (!(await isLarge(db, sizes, filter, signal))) {
    return (await few(filter, space).execute(db, { signal })).rows;
  }
  const extension = await vectorIndexOf(db, space, signal);
  const { indexed } = sizes;
  if (extension && (await countUpTo(db, indexed, filter, signal)) >= indexed) {
    const found = await readIndex(db, question, extension, signal);
    if (found) return found;
  }
  return (await bySignature(question).execute(db, { signal })).rows;
}

/** The nearest chunks by cosine. */
export async function searchVectors(
  db: Kysely<Schema>,
  sizes: SetSizes,
  question: Question,
  limit: number,
  signal: AbortSignal,
): Promise<ChunkHit[]> {
  const rows = await read(db, sizes, question, signal);
  const best = new Best(limit);
  for (const [place, row] of rows.entries())
    best.offer(place, cosine(question.vector, toVector(row.vector)));
  return best.list().flatMap(({ number, score }) => {
    const row = rows[number];
    return row ? [{ chunkId: row.chunkId, documentId: row.documentId, score }] : [];
  });
}
