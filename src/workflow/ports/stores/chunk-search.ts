/** The port of searches among chunks, and which ways they go. */
import type { EmbeddingSpace, Vector } from "./vectors.ts";

/** Which chunks a search may find. */
export interface ChunkFilter {
  readonly ownerId: string;
  /** Empty: all. */
  readonly collections: readonly string[];
  /** Null: all. Empty: none. */
  readonly documentIds: readonly string[] | null;
}

export interface ChunkHit {
  readonly chunkId: string;
  readonly documentId: string;
  /** BM25 (above 0, without upper bound) or cosine (-1 to 1), as the search says. */
  readonly score: number;
}

/**
 * Searches chunks of documents that are `ready`. Best first, in the same order every time.
 * Throws the signal's reason when it aborts, and never blocks the event loop.
 */
export interface ChunkSearch {
  /**
   * By words: any of them, the rarer the better (BM25). The query is text, whatever it contains; one without a
   * word that can be looked for finds nothing.
   */
  lexical(
    query: string,
    filter: ChunkFilter,
    limit: number,
    signal: AbortSignal,
  ): Promise<ChunkHit[]>;
  /** By meaning: the nearest vectors of a space, by cosine. */
  vector(
    space: EmbeddingSpace,
    vector: Vector,
    filter: ChunkFilter,
    limit: number,
    signal: AbortSignal,
  ): Promise<ChunkHit[]>;
}

/** Which way searches of one kind go in this store, for whoever runs the server. */
export interface SearchPath {
  /** What is in force, in one line. */
  readonly way: string;
  /** What to run for a faster one, in one line; null where there is nothing. */
  readonly advice: string | null;
  /** True when searches of what is stored today are slower than they need be. */
  readonly slow: boolean;
}

export interface SearchPaths {
  readonly words: SearchPath;
  readonly meaning: SearchPath;
}
