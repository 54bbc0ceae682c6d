/** The models that search uses, as the configuration names them; nothing is asked of them yet. */
import type { Config } from "../config/config.ts";
import { createEmbeddingModels, type EmbeddingModels } from "../knowledge/embed/models.ts";
import { type ClosableReranker, createHttpReranker } from "../knowledge/rerank/http.ts";

/** Null where there is none. */
export interface SearchModels {
  readonly embedding: EmbeddingModels | null;
  readonly reranker: ClosableReranker | null;
  close(): Promise<void>;
}

/** Makes them; the caller closes them. */
export function openSearchModels({
  embedding,
  rerank,
}: Pick<Config, "embedding" | "rerank">): SearchModels {
  const models =
    embedding && createEmbeddingModels({ ...embedding, baseUrl: new URL(embedding.baseUrl) });
  const reranker = rerank && createHttpReranker({ ...rerank, baseUrl: new URL(rerank.baseUrl) });
  return {
    embedding: models,
    reranker,
    close: async () => {
      await Promise.all([models?.close(), reranker?.close()]);
    },
  };
}
