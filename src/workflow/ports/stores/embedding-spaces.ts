/** The port of embedding spaces: which one searches use, and which one is to come. */
import type { EmbeddingSpace } from "./vectors.ts";

/**
 * Both hold for the whole server, and so for every collection: vectors of two spaces never meet in one search, whoever
 * asks and wherever.
 */
export interface SpacesInUse {
  /** Where searches look; null until a first one has come into force. */
  readonly inForce: EmbeddingSpace | null;
  /** Where documents are brought; the space in force, when no other model was configured since. */
  readonly wanted: EmbeddingSpace | null;
}

/** A document, and whose it is: for work that is done for everybody. */
export interface OwnedDocument {
  readonly ownerId: string;
  readonly documentId: string;
}

export interface EmbeddingSpaceStore {
  current(): Promise<SpacesInUse>;
  /** Says where documents are to be brought; of several servers, the last one to say so is right. */
  want(space: EmbeddingSpace): Promise<void>;
  /** From now on, searches look in this space, all at once; false, and nothing is changed, when another one is wanted. */
  enforce(space: EmbeddingSpace): Promise<boolean>;
  /**
   * Documents of any owner that are ready and have chunks without a vector in this space, in the order of their ids,
   * those after the id `after`. Never blocks the event loop.
   */
  unembedded(
    space: EmbeddingSpace,
    after: string | null,
    limit: number,
    signal: AbortSignal,
  ): Promise<OwnedDocument[]>;
  /** Removes up to `limit` vectors of spaces that are neither in force nor wanted; returns how many. */
  retire(limit: number): Promise<number>;
}
