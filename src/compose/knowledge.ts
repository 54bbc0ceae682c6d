/** Documents and retrieval, put together over an open store. */
import type { Logger } from "pino";
import type { Config } from "../config.ts";
import { JobRunner } from "../jobs/runner.ts";
import { StoredDocuments } from "../knowledge/documents.ts";
import { Clearing } from "../knowledge/ingest/clearing.ts";
import { type FetchedSource, Ingestion } from "../knowledge/ingest/ingestion.ts";
import { CLEAR, INGEST } from "../knowledge/ingest/kinds.ts";
import { ParserPool } from "../knowledge/parse/pool.ts";
import { createRetriever } from "../knowledge/search/retriever.ts";
import { KnowledgeSearch } from "../knowledge/search/search.ts";
import { checkUrl } from "../outbound/addresses.ts";
import { OutboundClient } from "../outbound/fetch.ts";
import type { Instance } from "../runs/instance.ts";
import { invalid } from "../workflow/errors.ts";
import type { DocumentLibrary } from "../workflow/ports/library.ts";
import type { Retriever } from "../workflow/ports/retrieval.ts";
import type { Store } from "../workflow/ports/store.ts";

/** The largest source of a document; parsing has the same bound. */
const MAX_SOURCE_BYTES = 100 * 1024 * 1024;

/** What is there of a user's documents, and who works on them. */
export interface Knowledge {
  readonly documents: DocumentLibrary;
  readonly retriever: Retriever;
  readonly jobs: JobRunner;
  /** Ends the processes that parse, and the connections to addresses. */
  close(): Promise<void>;
}

export function composeKnowledge(
  config: Config,
  store: Store,
  instance: Instance,
  log: Logger,
): Knowledge {
  const { urlImport } = config;
  const reach = urlImport === "any" ? "any" : "public";
  const outbound = new OutboundClient(reach);
  const parsers = new ParserPool();
  const onSetback = (error: unknown): void => log.warn({ err: error }, "done without a model");
  const search = new KnowledgeSearch({ ...store, embedder: null, reranker: null, rewriter: null });
  const fetch = async (url: string, signal: AbortSignal): Promise<FetchedSource> => {
    const { body, mimeType } = await outbound.get(url, signal);
    return { content: body, mimeType };
  };
  const ingestion = new Ingestion({
    ...store,
    parsers,
    fetch,
    embed: null,
    maxBytes: MAX_SOURCE_BYTES,
    onSetback,
  });
  const jobs = new JobRunner({
    store,
    instance,
    handlers: { [INGEST]: ingestion, [CLEAR]: new Clearing(store) },
    onError: (error) => log.warn({ err: error }, "a background job failed"),
  });
  const documents = new StoredDocuments({
    store,
    wake: () => jobs.wake(),
    checkUrl: (url) => {
      if (urlImport !== "off") return checkUrl(url, reach);
      throw invalid("url", "cannot be fetched: this server takes in no addresses");
    },
    maxBytes: MAX_SOURCE_BYTES,
  });
  return {
    documents,
    retriever: createRetriever({ retrievers: store.retrievers, search, onSetback }),
    jobs,
    close: async () => {
      await parsers.close();
      await outbound.close();
    },
  };
}
