/** Plans with retrieval and retrievers for tests. */
import type { RunPlan } from "../../contract/runs.ts";
import type { Passage, RetrievalQuery, Retriever } from "../ports/retrieval.ts";

/** The part of a plan that makes it one of the `rag` workflow. */
export const RAG = {
  workflow: "rag",
  retrieval: {
    retriever: "files",
    document_ids: ["doc_1"],
    max_documents: 3,
    similarity_threshold: 0.2,
    required: true,
  },
} satisfies Partial<RunPlan>;

/** A retriever that finds the same for everybody, and keeps what it was asked. */
export function finding(
  ...passages: Passage[]
): Retriever & { readonly queries: RetrievalQuery[] } {
  const queries: RetrievalQuery[] = [];
  return {
    queries,
    retrieve: (query) => {
      queries.push(query);
      return Promise.resolve({ passages, mode: "hybrid", degraded: false, thresholdApplied: true });
    },
  };
}

/** A passage of this text. */
export function passage(text: string, title: string): Passage {
  const citation = {
    document_id: "doc_1",
    document_title: title,
    chunk_id: "chunk_1",
    page: null,
    start: 0,
    end: text.length,
    score: 0.9,
    excerpt: text,
    url: null,
  };
  return { text, citation };
}
