/** How good what is found is: by words, and by words and meaning together, through the code that serves. */
import { type Retriever, RETRIEVER_DEFAULTS } from "../../src/contract/retrievers.ts";
import type { QuestionEmbedder } from "../../src/knowledge/search/query.ts";
import { KnowledgeSearch } from "../../src/knowledge/search/search.ts";
import type { Embedder } from "../../src/workflow/ports/search-models.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import { type Collection, mean, ndcgAt10, recallAt100 } from "./collection.ts";
import { addCollection, OWNER } from "./fill.ts";
import type { Engine, EngineName } from "./stores.ts";

export interface Quality {
  readonly engine: EngineName;
  readonly collection: string;
  readonly questions: number;
  readonly lexical: { readonly ndcg: number; readonly recall: number };
  readonly vector: { readonly ndcg: number };
  readonly hybrid: { readonly ndcg: number };
}

const signal = new AbortController().signal;
const everything = { ownerId: OWNER, collections: [], documentIds: null };

async function lexicalQuality(
  store: Store,
  { questions }: Collection,
  byChunk: ReadonlyMap<string, string>,
): Promise<Quality["lexical"]> {
  const figures = [];
  for (const { text, relevant } of questions) {
    const hits = await store.search.lexical(text, everything, 100, signal);
    const found = hits.map(({ chunkId }) => byChunk.get(chunkId) ?? "");
    figures.push({ ndcg: ndcgAt10(found, relevant), recall: recallAt100(found, relevant) });
  }
  return {
    ndcg: mean(figures.map(({ ndcg }) => ndcg)),
    recall: mean(figures.map(({ recall }) => recall)),
  };
}

async function searchQuality(
  search: KnowledgeSearch,
  mode: "vector" | "hybrid",
  { questions }: Collection,
  byChunk: ReadonlyMap<string, string>,
): Promise<{ ndcg: number }> {
  const retriever: Retriever = {
    name: "bench",
    ...RETRIEVER_DEFAULTS,
    mode,
    max_documents: 50,
    version: 1,
    built_in: false,
  };
  const none = {
    maxDocuments: null,
    similarityThreshold: null,
    documentIds: null,
    mode: null,
    rewrite: null,
  };
  const figures = [];
  for (const { text, relevant } of questions) {
    const query = { ownerId: OWNER, retriever, query: text, ...none };
    const { passages } = await search.search(query, signal);
    figures.push(
      ndcgAt10(
        passages.map(({ chunkId }) => byChunk.get(chunkId) ?? ""),
        relevant,
      ),
    );
  }
  return { ndcg: mean(figures) };
}

function questionsOf(embedder: Embedder): QuestionEmbedder {
  return {
    async embed(question) {
      const [vector] = await embedder.embed([question], "question", signal);
      if (!vector) throw new Error("A question has one vector.");
      return { space: await embedder.space(signal), vector };
    },
  };
}

/** Measures one collection on one engine. `embedder` has learned from the same collection. */
export async function measureQuality(
  engine: Engine,
  collection: Collection,
  embedder: Embedder,
): Promise<Quality> {
  const { store, close } = await engine.open();
  try {
    const byChunk = await addCollection(store, collection.documents, embedder);
    const search = new KnowledgeSearch({
      ...store,
      embedder: questionsOf(embedder),
      reranker: null,
    });
    return {
      engine: engine.name,
      collection: collection.name,
      questions: collection.questions.length,
      lexical: await lexicalQuality(store, collection, byChunk),
      vector: await searchQuality(search, "vector", collection, byChunk),
      hybrid: await searchQuality(search, "hybrid", collection, byChunk),
    };
  } finally {
    await close();
  }
}
