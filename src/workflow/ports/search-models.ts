/** The ports of the models that a search asks: one makes vectors, one reads question and text together. */
import type { EmbeddingSpace, Vector } from "./stores/vectors.ts";

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
