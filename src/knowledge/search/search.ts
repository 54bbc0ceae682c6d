/** One search: by words, by meaning or by both, as its retriever says. */
import type { SearchMode } from "../../contract/retrievers.ts";
import { NotFoundError, WorkflowConfigurationError, WorkflowError } from "../../workflow/errors.ts";
import type { ChunkFilter } from "../../workflow/ports/stores/chunk-search.ts";
import type { CitedChunk } from "../../workflow/ports/stores/chunks.ts";
import { fuse, type Ranked } from "./fusion.ts";
import { toPassages } from "./passages.ts";
import type { Question, SearchOutcome, SearchPorts, SearchQuery } from "./query.ts";

/** Hits taken from each way of searching: those that both know should meet. */
const ARM_HITS = 100;

/** Chunks whose texts are looked at; a reranking model reads them all. */
const MAX_CANDIDATES = 100;

interface ScoredChunk {
  readonly chunk: CitedChunk;
  readonly score: number;
}

/** What a search has found before texts are looked at. */
interface Found {
  readonly mode: SearchMode;
  readonly ranked: readonly Ranked[];
  readonly thresholdApplied: boolean;
}

const NO_EMBEDDINGS =
  "This server has no embedding model, so nothing can be found by meaning. " +
  "Set CHATTER_EMBEDDING_MODEL, or search in the mode lexical.";
const NO_RERANKER = "The retriever asks for reranking, but this server has no reranking model.";

export class KnowledgeSearch {
  readonly #ports: SearchPorts;

  constructor(ports: SearchPorts) {
    this.#ports = ports;
  }

  /**
   * Searches. Nothing found is an empty list. A model that fails (for embeddings, reranking, rewording) is done
   * without and named in `setbacks`; everything else that fails is thrown: `NotFoundError` for an id that is no
   * document of the owner's, `WorkflowConfigurationError` where the mode `vector` is asked for without an embedding
   * model, what the store throws, and the signal's reason. A retriever of the mode `vector` is by words without an embedding model.
   */
  async search(query: SearchQuery, signal: AbortSignal): Promise<SearchOutcome> {
    signal.throwIfAborted();
    const { retriever } = query;
    if (query.mode === "vector" && !this.#ports.embedder) {
      throw new WorkflowConfigurationError(NO_EMBEDDINGS, { missingParameter: "mode" });
    }
    const mode = effectiveMode(query.mode ?? retriever.mode, this.#ports.embedder !== null);
    await this.#requireDocuments(query);
    const setbacks: Error[] = [];
    if (query.documentIds?.length === 0) {
      return { mode, thresholdApplied: false, passages: [], setbacks };
    }
    const text = await toSearchText(query, signal, setbacks);
    const found = await this.#find(text, mode, query, signal, setbacks);
    const chunks = await this.#rerank(text, query, found.ranked, signal, setbacks);
    const passages = toPassages(chunks, {
      maxPassages: query.maxDocuments ?? retriever.max_documents,
      maxChunksPerDocument: retriever.max_chunks_per_document,
      mergeNeighbours: retriever.merge_neighbours,
    });
    return { mode: found.mode, thresholdApplied: found.thresholdApplied, passages, setbacks };
  }

  async #requireDocuments({ ownerId, documentIds }: SearchQuery): Promise<void> {
    if (!documentIds || documentIds.length === 0) return;
    const existing = await this.#ports.documents.existing(ownerId, documentIds);
    const missing = documentIds.find((id) => !existing.has(id));
    if (missing !== undefined) throw new NotFoundError(`The document ${missing}`);
  }

  async #find(
    text: string,
    wanted: SearchMode,
    query: SearchQuery,
    signal: AbortSignal,
    setbacks: Error[],
  ): Promise<Found> {
    const { search, embedder } = this.#ports;
    const { ownerId, retriever, documentIds } = query;
    const threshold = query.similarityThreshold ?? retriever.similarity_threshold;
    const filter: ChunkFilter = { ownerId, collections: retriever.collections, documentIds };
    const byWords = () => search.lexical(text, filter, ARM_HITS, signal);
    const needsVector = embedder && (wanted !== "lexical" || threshold !== null);
    const [question, words] = await Promise.all([
      // Null when the model failed: then it is searched without.
      needsVector ? attempt(signal, setbacks, () => embedder.embed(text, signal)) : null,
      wanted === "vector" ? null : byWords(),
    ]);
    const mode = question ? wanted : "lexical";
    const lexical = words ?? (question ? [] : await byWords());
    const meant =
      question && mode !== "lexical"
        ? await search.vector(question.space, question.vector, filter, ARM_HITS, signal)
        : [];
    const ranked =
      mode === "hybrid" ? fuse(lexical, meant, retriever.fusion) : [...lexical, ...meant];
    if (!question || threshold === null) return { mode, ranked, thresholdApplied: false };
    const cosines = await this.#cosines(question, ownerId, ranked, meant, signal);
    const near = ranked.filter(({ chunkId }) => (cosines.get(chunkId) ?? -1) >= threshold);
    return { mode, ranked: near, thresholdApplied: true };
  }

  /** The cosine to each of the chunks, also to those that were found by words; a chunk without a vector has none. */
  async #cosines(
    { space, vector }: Question,
    ownerId: string,
    ranked: readonly Ranked[],
    meant: readonly Ranked[],
    signal: AbortSignal,
  ): Promise<Map<string, number>> {
    const known = new Map(meant.map(({ chunkId, score }) => [chunkId, score]));
    const unknown = ranked.map(({ chunkId }) => chunkId).filter((id) => !known.has(id));
    const { vectors } = this.#ports;
    const found = await vectors.similarities(ownerId, space, vector, unknown, signal);
    return new Map([...known, ...found]);
  }

  /** The chunks with their texts, in the order of the reranking model where the retriever asks for it. */
  async #rerank(
    text: string,
    { ownerId, retriever }: SearchQuery,
    ranked: readonly Ranked[],
    signal: AbortSignal,
    setbacks: Error[],
  ): Promise<ScoredChunk[]> {
    const candidates = ranked.slice(0, MAX_CANDIDATES);
    const scores = new Map(candidates.map(({ chunkId, score }) => [chunkId, score]));
    const chunks = await this.#ports.chunks.get(ownerId, [...scores.keys()]);
    const asFound = chunks.map((chunk) => ({ chunk, score: scores.get(chunk.id) ?? 0 }));
    if (!retriever.rerank || chunks.length === 0) return asFound;
    const { reranker } = this.#ports;
    if (!reranker) {
      setbacks.push(new WorkflowConfigurationError(NO_RERANKER));
      return asFound;
    }
    const texts = chunks.map((chunk) => chunk.text);
    const better = await attempt(signal, setbacks, () => reranker.score(text, texts, signal));
    if (!better) return asFound;
    return chunks
      .map((chunk, index) => ({ chunk, score: better[index] ?? 0 }))
      .toSorted((a, b) => b.score - a.score);
  }
}

/** How a server can search that was to search in this mode. */
export function effectiveMode(mode: SearchMode, hasEmbeddings: boolean): SearchMode {
  return hasEmbeddings ? mode : "lexical";
}

/** The words that are searched for: the question's own, or those that it gets from its conversation. */
async function toSearchText(
  { query, retriever, rewrite }: SearchQuery,
  signal: AbortSignal,
  setbacks: Error[],
): Promise<string> {
  if (!retriever.rewrite_query || !rewrite) return query;
  const rewritten = await attempt(signal, setbacks, () => rewrite(signal));
  return rewritten?.trim() ? rewritten : query;
}

/** Does what may fail without harm: null then, and the error among the setbacks. Defects and aborts are thrown. */
async function attempt<T>(
  signal: AbortSignal,
  setbacks: Error[],
  work: () => Promise<T>,
): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof WorkflowError)) throw error;
    setbacks.push(error);
    return null;
  }
}
