/** The retrievers of a user as runs and searches use them: by name, the user's own and those that come with Chatter. */
import type {
  Retriever as RetrieverSettings,
  SearchAnswer,
  SearchRequest,
} from "../../contract/retrievers.ts";
import { WorkflowConfigurationError } from "../../workflow/errors.ts";
import { hint } from "../../workflow/plan/suggest.ts";
import type { RetrieverStore } from "../../workflow/ports/stores/retrievers.ts";
import type { Passage, Retriever } from "../../workflow/ports/retrieval.ts";
import { BUILT_IN_RETRIEVERS } from "./built-in.ts";
import type { FoundPassage } from "./passages.ts";
import type { SearchOutcome } from "./query.ts";
import type { KnowledgeSearch } from "./search.ts";

/** What a citation shows of a passage, in characters. */
const EXCERPT_LENGTH = 300;

export interface RetrieverPorts {
  readonly retrievers: Pick<RetrieverStore, "get" | "names">;
  readonly search: KnowledgeSearch;
  /** Hears of each model that failed while a search went on without it. */
  readonly onSetback: (error: Error) => void;
}

/** A retriever of the user's, or a built-in one. Throws a `WorkflowConfigurationError` that lists those there are. */
async function findRetriever(
  store: RetrieverPorts["retrievers"],
  ownerId: string,
  name: string,
): Promise<RetrieverSettings> {
  const found = BUILT_IN_RETRIEVERS.get(name) ?? (await store.get(ownerId, name));
  if (found) return found;
  const names = new Set([...BUILT_IN_RETRIEVERS.keys(), ...(await store.names(ownerId))]);
  throw new WorkflowConfigurationError(`There is no retriever "${name}"${hint(name, names)}.`, {
    missingParameter: "retriever",
  });
}

/** Cut at the end of a word where there is one, and marked as cut. */
function toExcerpt(text: string): string {
  if (text.length <= EXCERPT_LENGTH) return text;
  const cut = text.slice(0, EXCERPT_LENGTH);
  const space = cut.lastIndexOf(" ");
  return `${(space > EXCERPT_LENGTH / 2 ? cut.slice(0, space) : cut).toWellFormed()}…`;
}

function toCited(found: FoundPassage): Passage {
  return {
    text: found.text,
    citation: {
      document_id: found.documentId,
      document_title: found.documentTitle,
      chunk_id: found.chunkId,
      page: found.page,
      start: found.start,
      end: found.end,
      score: found.score,
      excerpt: toExcerpt(found.bestText),
      url: found.documentUrl,
    },
  };
}

/** The retriever of runs: finds the named one among the user's and the built-in ones, and searches as it says. */
export function createRetriever({ retrievers, search, onSetback }: RetrieverPorts): Retriever {
  return {
    async retrieve(query, signal) {
      const outcome = await search.search(
        {
          ownerId: query.userId,
          retriever: await findRetriever(retrievers, query.userId, query.retriever),
          query: query.query,
          maxDocuments: query.maxDocuments,
          similarityThreshold: query.similarityThreshold,
          documentIds: query.documentIds,
          mode: null,
          rewrite: query.rewrite,
        },
        signal,
      );
      const { mode, thresholdApplied, setbacks } = outcome;
      setbacks.forEach(onSetback);
      const passages = outcome.passages.map(toCited);
      return { passages, mode, degraded: setbacks.length > 0, thresholdApplied };
    },
  };
}

/** Searches with one retriever, as the API offers it. Throws what `KnowledgeSearch.search` does. */
export async function answerSearch(
  { search, onSetback }: Pick<RetrieverPorts, "search" | "onSetback">,
  ownerId: string,
  retriever: RetrieverSettings,
  request: SearchRequest,
  signal: AbortSignal,
): Promise<SearchAnswer> {
  const outcome = await search.search(
    {
      ownerId,
      retriever,
      query: request.query,
      maxDocuments: request.max_documents ?? null,
      similarityThreshold: request.similarity_threshold ?? null,
      documentIds: request.document_ids ?? null,
      mode: request.mode ?? null,
      rewrite: null,
    },
    signal,
  );
  outcome.setbacks.forEach(onSetback);
  return toAnswer(outcome);
}

function toAnswer({ mode, thresholdApplied, passages, setbacks }: SearchOutcome): SearchAnswer {
  return {
    mode,
    degraded: setbacks.length > 0,
    threshold_applied: thresholdApplied,
    data: passages.map((found) => ({
      document_id: found.documentId,
      document_title: found.documentTitle,
      chunk_id: found.chunkId,
      score: found.score,
      page: found.page,
      start: found.start,
      end: found.end,
      text: found.text,
    })),
  };
}
