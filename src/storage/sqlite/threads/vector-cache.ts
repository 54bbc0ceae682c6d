/** Vectors in memory: those of one owner in one space together, the least used ones dropped first. */
import { toVector } from "../../vectors.ts";
import type { Connection } from "./connection.ts";

/** Rows of one array; arrays are added, never copied, as vectors come. */
const SEGMENT_ROWS = 1024;

/** What all of them together may take. */
const MAX_BYTES = 256 * 1024 * 1024;

interface VectorRow {
  readonly number: number;
  readonly chunk: number;
  readonly documentId: string;
  readonly vector: Uint8Array;
}

/** Reads vectors of an owner in the order in which they came, those after `number` only. */
export function readVectors(
  db: Connection,
  space: number,
  ownerId: string,
  number: number,
): Iterable<VectorRow> {
  return db.each<VectorRow>(
    `select number, chunk, document_id as documentId, vector from chunk_vectors
     where space = ? and owner_id = ? and number > ? order by number`,
    space,
    ownerId,
    number,
  );
}

/** The vectors of one owner in one space. */
export class VectorSet {
  readonly dimensions: number;
  readonly segments: Float32Array[] = [];
  readonly chunks: number[] = [];
  /** For each vector, the place of its document in `documentIds`. */
  readonly documents: number[] = [];
  readonly documentIds: string[] = [];
  /** The number of the last vector. */
  last = 0;
  /** How many removals there had been when it was read. */
  readonly removals: number;
  readonly #places = new Map<string, number>();

  constructor(dimensions: number, removals: number) {
    this.dimensions = dimensions;
    this.removals = removals;
  }

  get bytes(): number {
    return this.segments.length * SEGMENT_ROWS * this.dimensions * 4;
  }

  add(row: VectorRow): void {
    const place = this.chunks.length % SEGMENT_ROWS;
    if (place === 0) this.segments.push(new Float32Array(SEGMENT_ROWS * this.dimensions));
    this.segments.at(-1)?.set(toVector(row.vector), place * this.dimensions);
    this.chunks.push(row.chunk);
    this.documents.push(this.#placeOf(row.documentId));
    this.last = row.number;
  }

  /** Calls `visit` with each vector's place, and where it lies. */
  each(visit: (place: number, segment: Float32Array, offset: number) => void): void {
    for (const [index, segment] of this.segments.entries()) {
      const first = index * SEGMENT_ROWS;
      const rows = Math.min(SEGMENT_ROWS, this.chunks.length - first);
      for (let row = 0; row < rows; row++) visit(first + row, segment, row * this.dimensions);
    }
  }

  #placeOf(documentId: string): number {
    const known = this.#places.get(documentId);
    if (known !== undefined) return known;
    const place = this.documentIds.push(documentId) - 1;
    this.#places.set(documentId, place);
    return place;
  }
}

export class VectorCache {
  readonly #db: Connection;
  readonly #maxBytes: number;
  /** In the order of their last use. */
  readonly #sets = new Map<string, VectorSet>();

  constructor(db: Connection, maxBytes = MAX_BYTES) {
    this.#db = db;
    this.#maxBytes = maxBytes;
  }

  /** The vectors of an owner as they are now; null when they are too many to be kept in memory. */
  get(space: number, ownerId: string, dimensions: number): VectorSet | null {
    const key = `${space} ${ownerId}`;
    const removals = this.#removals(space, ownerId);
    const known = this.#sets.get(key);
    this.#sets.delete(key);
    // What is gone cannot be found in the arrays: then all is read again.
    const set = known?.removals === removals ? known : new VectorSet(dimensions, removals);
    const rows = set.chunks.length + this.#count(space, ownerId, set.last);
    if (rows * dimensions * 4 > this.#maxBytes) return null;
    for (const row of readVectors(this.#db, space, ownerId, set.last)) set.add(row);
    this.#makeRoom(set.bytes);
    this.#sets.set(key, set);
    return set;
  }

  #makeRoom(bytes: number): void {
    let total = bytes;
    for (const set of this.#sets.values()) total += set.bytes;
    for (const [key, set] of this.#sets) {
      if (total <= this.#maxBytes) return;
      this.#sets.delete(key);
      total -= set.bytes;
    }
  }

  /** How many vectors came after this number. */
  #count(space: number, ownerId: string, number: number): number {
    const [row] = this.#db.all<{ n: number }>(
      `select count(*) as n from chunk_vectors where space = ? and owner_id = ? and number > ?`,
      space,
      ownerId,
      number,
    );
    return row?.n ?? 0;
  }

  #removals(space: number, ownerId: string): number {
    const [row] = this.#db.all<{ removals: number }>(
      "select removals from vector_removals where space = ? and owner_id = ?",
      space,
      ownerId,
    );
    return row?.removals ?? 0;
  }
}
