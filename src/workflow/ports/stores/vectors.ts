/** The port of vectors: where chunks are in an embedding space. */
import type { Chunk } from "../../../contract/documents.ts";

/** What makes vectors comparable: those of different spaces never meet. */
export interface EmbeddingSpace {
  readonly provider: string;
  readonly model: string;
  /** Of every vector. */
  readonly dimensions: number;
  /** Counts changes of how texts are prepared before they are embedded. */
  readonly version: number;
}

/** A vector of unit length. */
export type Vector = Float32Array;

export interface VectorStore {
  /**
   * Stores vectors of a document's chunks, in place of older ones of the same space. Those of chunks that do
   * not exist are dropped. Throws a `RangeError` when one has not the dimensions of the space.
   */
  insert(
    ownerId: string,
    documentId: string,
    space: EmbeddingSpace,
    vectors: ReadonlyMap<string, Vector>,
  ): Promise<void>;
  /** Chunks of a document without a vector of this space, in its order, at most `limit`. */
  missing(
    ownerId: string,
    documentId: string,
    space: EmbeddingSpace,
    limit: number,
  ): Promise<Chunk[]>;
  /** The cosine to each of these chunks, by their id; those without a vector in this space are left out. */
  similarities(
    ownerId: string,
    space: EmbeddingSpace,
    vector: Vector,
    chunkIds: readonly string[],
    signal: AbortSignal,
  ): Promise<Map<string, number>>;
}
