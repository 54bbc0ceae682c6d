/** What a search needs, is asked for, and says. */
import type { Retriever, SearchMode } from "../../contract/retrievers.ts";
import type { Reranker } from "../../workflow/ports/search-models.ts";
import type { ChunkSearch } from "../../workflow/ports/stores/chunk-search.ts";
import type { ChunkStore } from "../../workflow/ports/stores/chunks.ts";
import type { DocumentStore } from "../../workflow/ports/stores/documents.ts";
import type { EmbeddingSpace, Vector, VectorStore } from "../../workflow/ports/stores/vectors.ts";
import type { FoundPassage } from "./passages.ts";

/** Words the question of a search anew, so that it can be looked for by itself. */
type QueryRewriter = (signal: AbortSignal) => Promise<string>;

/** A question as a vector, and the space that it may be compared in. */
export interface Question {
  readonly space: EmbeddingSpace;
  readonly vector: Vector;
}

export interface QuestionEmbedder {
  /** Throws a `WorkflowError` when there is no vector to be had now, and the signal's reason when it aborts. */
  embed(question: string, signal: AbortSignal): Promise<Question>;
}

export interface SearchPorts {
  readonly documents: Pick<DocumentStore, "existing">;
  readonly chunks: Pick<ChunkStore, "get">;
  readonly vectors: Pick<VectorStore, "similarities">;
  readonly search: ChunkSearch;
  /** Null where this server has none; then it is searched by words. */
  readonly embedder: QuestionEmbedder | null;
  readonly reranker: Reranker | null;
}

/** What is looked for. The retriever's own settings hold where `null` stands. */
export interface SearchQuery {
  readonly ownerId: string;
  readonly retriever: Retriever;
  readonly query: string;
  readonly maxDocuments: number | null;
  /** Raw cosine. */
  readonly similarityThreshold: number | null;
  /** Null: all of the retriever's. Empty: none. */
  readonly documentIds: readonly string[] | null;
  readonly mode: SearchMode | null;
  /** Used where the retriever asks for it; null: the question comes from no conversation, and stands by itself. */
  readonly rewrite: QueryRewriter | null;
}

export interface SearchOutcome {
  /** How it was searched in the end. */
  readonly mode: SearchMode;
  /** Whether a threshold was asked for and could be applied. */
  readonly thresholdApplied: boolean;
  /** Best first. */
  readonly passages: readonly FoundPassage[];
  /** What went wrong and was done without: not empty means that the answer is less than it should be. */
  readonly setbacks: readonly Error[];
}
