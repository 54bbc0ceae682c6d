/** The port of chunks: the pieces of documents that searches find. */
import type { Chunk } from "../../../contract/documents.ts";
import type { PageOf, PageRequest } from "../page.ts";

export type NewChunk = Omit<Chunk, "document_id">;

/** A chunk with what a citation says about its document. */
export interface CitedChunk extends Chunk {
  readonly document_title: string;
  readonly document_url: string | null;
}

/**
 * The chunks of documents. Not part of a transaction: large numbers are written in many short ones, so that
 * nobody else waits long.
 */
export interface ChunkStore {
  /**
   * Stores chunks and indexes their words. A chunk whose ordinal the document has already is left as it is, so
   * that a batch may be repeated. Returns the ids under which they are stored, in the order given.
   * Throws a `NotFoundError` when the document does not exist (any more).
   */
  insert(ownerId: string, documentId: string, chunks: readonly NewChunk[]): Promise<string[]>;
  /** In the order of the document. */
  list(ownerId: string, documentId: string, page: PageRequest): Promise<PageOf<Chunk>>;
  /** In the order of the ids; chunks that do not exist, and those of deleted documents, are left out. */
  get(ownerId: string, ids: readonly string[]): Promise<CitedChunk[]>;
  /** Removes all chunks of a document and their vectors, also when the document itself is gone already. */
  clear(ownerId: string, documentId: string): Promise<void>;
  /** Removes what deleted documents have left; to be called now and then. Returns how many chunks that were. */
  sweep(): Promise<number>;
}
