/** Search by meaning: the cosine to every vector that the filter leaves. */
import type { ChunkFilter, ChunkHit } from "../../../workflow/ports/stores/chunk-search.ts";
import { Best } from "../../nearest.ts";
import { cosine, toVector } from "../../vectors.ts";
import type { Connection } from "./connection.ts";
import { readVectors, type VectorCache, type VectorSet } from "./vector-cache.ts";
import {
  chunkCondition,
  confirmed,
  documentCondition,
  isLarge,
  isNarrowed,
  type NumberedHit,
} from "./visible.ts";

export interface VectorQuery {
  readonly space: number;
  readonly vector: Float32Array;
  readonly filter: ChunkFilter;
  readonly limit: number;
}

export class VectorSearch {
  readonly #db: Connection;
  readonly #cache: VectorCache;

  constructor(db: Connection, cache: VectorCache) {
    this.#db = db;
    this.#cache = cache;
  }

  search(query: VectorQuery): ChunkHit[] {
    const { filter, limit } = query;
    if (!isLarge(this.#db, filter)) {
      return confirmed(this.#db, filter.ownerId, limit, (most) => this.#findFew(query, most));
    }
    const set = this.#cache.get(query.space, filter.ownerId, query.vector.length);
    const documents = isNarrowed(filter) ? this.#documents(filter) : null;
    return confirmed(this.#db, filter.ownerId, limit, (most) =>
      set ? findAmong(set, query, documents, most) : this.#findStored(query, documents, most),
    );
  }

  /** A small set is read where it lies, by the index of chunks. */
  #findFew({ space, vector, filter }: VectorQuery, limit: number): readonly NumberedHit[] {
    const { sql, parameters } = chunkCondition(filter);
    const rows = this.#db.each<{ number: number; vector: Uint8Array }>(
      `select v.chunk as number, v.vector as vector
       from (select c.number as number ${sql}) as c
       join chunk_vectors v on v.chunk = c.number and v.space = ? and v.owner_id = ?
       order by v.number`,
      ...parameters,
      space,
      filter.ownerId,
    );
    const best = new Best(limit);
    for (const row of rows) best.offer(row.number, cosine(vector, toVector(row.vector)));
    return best.list();
  }

  /** More than memory may hold: read from the file each time. */
  #findStored(
    { space, vector, filter }: VectorQuery,
    documents: ReadonlySet<string> | null,
    limit: number,
  ): readonly NumberedHit[] {
    const best = new Best(limit);
    for (const row of readVectors(this.#db, space, filter.ownerId, 0)) {
      if (documents && !documents.has(row.documentId)) continue;
      best.offer(row.chunk, cosine(vector, toVector(row.vector)));
    }
    return best.list();
  }

  #documents(filter: ChunkFilter): ReadonlySet<string> {
    const { sql, parameters } = documentCondition(filter);
    const rows = this.#db.each<{ id: string }>(
      `select d.id as id from documents d where ${sql}`,
      ...parameters,
    );
    return new Set(Array.from(rows, ({ id }) => id));
  }
}

function findAmong(
  set: VectorSet,
  { vector }: VectorQuery,
  documents: ReadonlySet<string> | null,
  limit: number,
): readonly NumberedHit[] {
  const wanted = documents && set.documentIds.map((id) => documents.has(id));
  const best = new Best(limit);
  set.each((place, segment, offset) => {
    if (wanted && !wanted[set.documents[place] ?? -1]) return;
    best.offer(set.chunks[place] ?? 0, cosine(vector, segment, offset));
  });
  return best.list();
}
