/** The port of retrieval: a named view over a user's documents. */
import type { Citation } from "../../contract/messages.ts";

/** A passage that was found, best first; `text` goes to the model, the rest becomes the citation. */
export interface Passage {
  readonly text: string;
  readonly citation: Omit<Citation, "index">;
}

export interface RetrievalQuery {
  /** Only documents of this user are looked at. */
  readonly userId: string;
  readonly retriever: string;
  readonly query: string;
  /** Null: no restriction. Empty: nothing may be found. */
  readonly documentIds: readonly string[] | null;
  readonly maxDocuments: number;
  /** Raw cosine, 0 to 1; null: none. */
  readonly similarityThreshold: number | null;
}

export interface Retriever {
  /**
   * Finds passages. Nothing found is an empty list; a failure is thrown, never turned into an empty list.
   * Throws the signal's reason when it aborts.
   */
  retrieve(query: RetrievalQuery, signal: AbortSignal): Promise<readonly Passage[]>;
}
