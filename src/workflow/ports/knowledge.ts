/**
 * The ports of documents: what is stored of them, and how it is searched. Every method takes the owner and
 * finds nothing of anybody else's; where a method writes, it refuses what is not the owner's.
 */
import type { Chunk, Collection, Document, DocumentStatus } from "../../contract/documents.ts";
import type { Retriever, RetrieverSettings } from "../../contract/retrievers.ts";
import type { PageOf, PageRequest } from "./page.ts";

export interface NewDocument extends Pick<
  Document,
  "id" | "title" | "collection" | "mime_type" | "bytes" | "metadata" | "url"
> {
  /** What its file is called; none where it was no file. */
  readonly file_name?: string | null;
  /** SHA-256 of its source, in hexadecimal; none while the source is not here yet. */
  readonly content_hash?: string | null;
}

/** What changes while a document is taken in; its title only before its chunks are written. */
export type DocumentChanges = Partial<
  Pick<
    Document,
    "title" | "status" | "progress" | "error" | "mime_type" | "bytes" | "pages" | "chunks"
  >
>;

export interface DocumentStore {
  /**
   * Makes it as `queued`, without chunks. Where its collection has a document of the same content already, nothing
   * is made, and that one is given back: it has another id.
   */
  create(ownerId: string, document: NewDocument): Promise<Document>;
  get(ownerId: string, id: string): Promise<Document | null>;
  /** Newest first. */
  list(
    ownerId: string,
    page: PageRequest & {
      collection?: string | undefined;
      status?: DocumentStatus | undefined;
    },
  ): Promise<PageOf<Document>>;
  /** The name of its file; null where it has none. */
  fileName(ownerId: string, id: string): Promise<string | null>;
  /**
   * Says what a document's source turned out to be. Null when all is well; when its collection has another document of
   * this content, that one's id, and nothing changes.
   */
  setContent(
    ownerId: string,
    id: string,
    content: { readonly hash: string; readonly bytes: number },
  ): Promise<string | null>;
  /** Null when there is none. Its title and collection are part of the index: they stay once it has chunks. */
  update(ownerId: string, id: string, changes: DocumentChanges): Promise<Document | null>;
  /**
   * Deletes it; false when there is none. No search finds anything of it from then on. What is left of its
   * chunks, `ChunkStore.clear` removes, or `ChunkStore.sweep` if that was not called.
   */
  delete(ownerId: string, id: string): Promise<boolean>;
  /** Of these ids, those of the owner's documents. */
  existing(ownerId: string, ids: readonly string[]): Promise<Set<string>>;
  /** The owner's collections in the order of their names, with how many documents each has. */
  collections(ownerId: string, page: PageRequest): Promise<PageOf<Collection>>;
  /** How many documents each of the owner's collections has that are ready. */
  readyByCollection(ownerId: string): Promise<Map<string, number>>;
}

/** What documents were made from, in parts of bounded size: written as they arrive, read by whichever process parses. */
export interface SourceStore {
  /** Stores one part; parts count from 0. */
  write(ownerId: string, documentId: string, part: number, bytes: Uint8Array): Promise<void>;
  /** The parts of a source, in order; none where there is no source. */
  read(ownerId: string, documentId: string): AsyncGenerator<Uint8Array, void, undefined>;
  /** Removes a source, in many short steps. */
  clear(ownerId: string, documentId: string): Promise<void>;
  /** Removes what uploads that were never completed have left, if it is older than `time` (milliseconds). */
  sweep(time: number): Promise<void>;
}

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

/**
 * Turns texts into vectors. Throws a `ProviderError` when the model cannot be reached, refuses, or takes longer than
 * its time limits, and the signal's reason when it aborts.
 */
export interface Embedder {
  /** Where its vectors belong; the first call may ask the model. */
  space(signal: AbortSignal): Promise<EmbeddingSpace>;
  /** A vector for each text, in their order; any number of texts. Some models tell questions from passages. */
  embed(
    texts: readonly string[],
    purpose: "passage" | "question",
    signal: AbortSignal,
  ): Promise<Vector[]>;
}

/** A model that reads the question and a text together. Throws as `Embedder` does. */
export interface Reranker {
  /** How well each text answers the question, in their order; higher is better. */
  score(query: string, texts: readonly string[], signal: AbortSignal): Promise<number[]>;
}

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

export type NewRetriever = RetrieverSettings & { readonly name: string };

/** A user's own retrievers; the built-in ones are not stored. */
export interface RetrieverStore {
  get(ownerId: string, name: string): Promise<Retriever | null>;
  /** In the order of their names; `after` is the name after which the page begins. */
  list(ownerId: string, after: string | null, limit: number): Promise<Retriever[]>;
  names(ownerId: string): Promise<string[]>;
  /** Makes it as version 1; null when there is one of this name. */
  create(ownerId: string, retriever: NewRetriever): Promise<Retriever | null>;
  /** Changes all of it, and counts its version; null when there is none. */
  replace(ownerId: string, retriever: NewRetriever): Promise<Retriever | null>;
  delete(ownerId: string, name: string): Promise<boolean>;
}
