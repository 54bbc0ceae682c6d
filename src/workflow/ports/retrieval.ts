/** The port of retrieval: a named view over a user's documents. */
import type { Citation } from "../../contract/messages.ts";
import type { SearchMode } from "../../contract/retrievers.ts";

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
  /**
   * Words the question anew from the conversation, so that "and the second one?" can be looked for by itself: a call
   * of the run's own model, which costs time and tokens, for retrievers that want it. Throws a `WorkflowError` when
   * the model fails, and the signal's reason when it aborts. Null where nothing was said before.
   */
  readonly rewrite: ((signal: AbortSignal) => Promise<string>) | null;
}

/** What was found, and how. */
export interface Retrieved {
  /** Best first; empty: nothing was found. */
  readonly passages: readonly Passage[];
  /** How it was searched in the end; null where the retriever does not say. */
  readonly mode: SearchMode | null;
  /** True when something failed and was done without, so that the passages may be worse than they should be. */
  readonly degraded: boolean;
  /** Whether a similarity threshold was asked for and could be applied. */
  readonly thresholdApplied: boolean;
}

export interface Retriever {
  /**
   * Finds passages. Nothing found is an empty list; a failure is thrown, never turned into an empty list.
   * Throws the signal's reason when it aborts.
   */
  retrieve(query: RetrievalQuery, signal: AbortSignal): Promise<Retrieved>;
}
