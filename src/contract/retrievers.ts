/** Retrievers: named views over collections of documents, with settings of their own, and their searches. */
import { z } from "zod";
import { CollectionName } from "./documents.ts";
import { id, text } from "./text.ts";

export const RetrieverName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, {
    error: "must be 1 to 64 lower-case letters, digits, - or _, and begin with a letter or digit",
  })
  .meta({ examples: ["default", "my-retriever"] });

/** `lexical`: by words. `vector`: by meaning, which needs embeddings. `hybrid`: by both. */
export const SearchMode = z.enum(["lexical", "vector", "hybrid"]);
export type SearchMode = z.infer<typeof SearchMode>;

const Weight = z.number().min(0).max(1);

/** How hits by words and by meaning become one list. */
export const Fusion = z
  .strictObject({
    method: z
      .enum(["weighted", "rrf"])
      .describe("a weighted sum of scores, or reciprocal ranks, which look at places only"),
    lexical_weight: Weight,
    vector_weight: Weight,
  })
  .refine(({ lexical_weight, vector_weight }) => lexical_weight + vector_weight > 0, {
    error: "one of the weights must be above 0",
  })
  .meta({ id: "Fusion" });
export type Fusion = z.infer<typeof Fusion>;

const MaxDocuments = z.int().min(1).max(50).describe("how many passages are given back");
const SimilarityThreshold = z
  .number()
  .min(0)
  .max(1)
  .describe("raw cosine; passages below it are left out");

/** What a retriever says beside its name; a request may leave any of it out. */
const retrieverSettings = {
  description: text(0, 2000),
  collections: z.array(CollectionName).max(100).describe("empty: all documents"),
  mode: SearchMode,
  max_documents: MaxDocuments,
  similarity_threshold: SimilarityThreshold.nullable(),
  fusion: Fusion,
  max_chunks_per_document: z.int().min(1).max(50),
  merge_neighbours: z.boolean().describe("join passages that follow each other in a document"),
  rewrite_query: z.boolean().describe("let the model word the question before the search"),
  rerank: z.boolean().describe("let a reranking model order what was found"),
};

const RetrieverSettings = z.strictObject(retrieverSettings);
export type RetrieverSettings = z.infer<typeof RetrieverSettings>;

/** What holds where nobody says otherwise. */
export const RETRIEVER_DEFAULTS: RetrieverSettings = Object.freeze({
  description: "",
  collections: [],
  mode: "hybrid",
  max_documents: 5,
  similarity_threshold: null,
  fusion: Object.freeze({ method: "weighted", lexical_weight: 0.7, vector_weight: 0.3 }),
  max_chunks_per_document: 3,
  merge_neighbours: true,
  rewrite_query: false,
  rerank: false,
});

/** A whole retriever without its name; what is absent takes its default. */
export const RetrieverChange = RetrieverSettings.partial().meta({ id: "RetrieverChange" });
export type RetrieverChange = z.infer<typeof RetrieverChange>;

export const RetrieverRequest = z
  .strictObject({ name: RetrieverName, ...RetrieverChange.shape })
  .meta({ id: "RetrieverRequest" });
export type RetrieverRequest = z.infer<typeof RetrieverRequest>;

export const Retriever = z
  .object({
    name: RetrieverName,
    ...retrieverSettings,
    version: z.int().describe("counts the changes, from 1"),
    built_in: z.boolean().describe("built-in retrievers are read-only"),
  })
  .meta({ id: "RetrieverDefinition" });
export type Retriever = z.infer<typeof Retriever>;

/** A retriever, and what it can do here and now. */
export const RetrieverInfo = Retriever.extend({
  documents: z.int().describe("how many documents it can find; 0: it is empty"),
  effective_mode: SearchMode.describe("lexical where the server has no embedding model"),
}).meta({ id: "Retriever" });
export type RetrieverInfo = z.infer<typeof RetrieverInfo>;

export const SearchRequest = z
  .strictObject({
    query: text(1, 10_000),
    max_documents: MaxDocuments.nullish(),
    similarity_threshold: SimilarityThreshold.nullish(),
    document_ids: z
      .array(id("doc"))
      .max(1000)
      .nullish()
      .describe("only these; an empty list finds nothing, an id that is not yours is an error"),
    mode: SearchMode.nullish(),
  })
  .meta({ id: "SearchRequest" });
export type SearchRequest = z.infer<typeof SearchRequest>;

const SearchHit = z
  .object({
    document_id: id("doc"),
    document_title: z.string(),
    chunk_id: id("chk").describe("of passages that were joined, the best"),
    score: z
      .number()
      .describe("comparable within one answer only: BM25, cosine, or the sum that fusion made"),
    page: z.int().nullable(),
    start: z.int(),
    end: z.int(),
    text: z.string(),
  })
  .meta({ id: "SearchHit" });

export const SearchAnswer = z
  .object({
    mode: SearchMode.describe("how it was searched in the end"),
    degraded: z.boolean().describe("true: embeddings or reranking failed, and it was done without"),
    threshold_applied: z
      .boolean()
      .describe("whether a similarity threshold was asked for and could be applied"),
    data: z.array(SearchHit).describe("best first"),
  })
  .meta({ id: "SearchAnswer" });
export type SearchAnswer = z.infer<typeof SearchAnswer>;
