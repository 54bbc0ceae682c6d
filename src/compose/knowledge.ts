/** Documents and retrieval, put together over an open store. */
import type { Logger } from "pino";
import type { Config } from "../config/config.ts";
import { JobRunner } from "../jobs/runner.ts";
import { StoredDocuments } from "../knowledge/documents.ts";
import { DocumentEmbedder } from "../knowledge/embed/document-embedder.ts";
import type { EmbeddingModels } from "../knowledge/embed/models.ts";
import { createQuestionEmbedder } from "../knowledge/embed/question-embedder.ts";
import { SpaceChange } from "../knowledge/embed/space-change.ts";
import { Clearing } from "../knowledge/ingest/clearing.ts";
import { type FetchedSource, Ingestion } from "../knowledge/ingest/ingestion.ts";
import { CLEAR, EMBED, INGEST } from "../knowledge/ingest/kinds.ts";
import { ParserPool } from "../knowledge/parse/pool.ts";
import { RetrieverManager } from "../knowledge/retrievers.ts";
import { createRetriever } from "../knowledge/search/retriever.ts";
import { KnowledgeSearch } from "../knowledge/search/search.ts";
import { checkUrl } from "../outbound/addresses.ts";
import type { OutboundClient } from "../outbound/fetch.ts";
import type { Instance } from "../runs/instance.ts";
import { invalid } from "../workflow/errors.ts";
import type { JobHandler } from "../workflow/ports/jobs.ts";
import type { DocumentLibrary, RetrieverLibrary } from "../workflow/ports/library.ts";
import type { Retriever } from "../workflow/ports/retrieval.ts";
import type { Store } from "../workflow/ports/store.ts";

import { openSearchModels } from "./search-models.ts";

/** The largest source of a document; parsing has the same bound. */
const MAX_SOURCE_BYTES = 100 * 1024 * 1024;

/** How long an embedding model that has failed is left alone. */
const EMBED_PAUSE_MS = 60_000;

/** What is there of a user's documents, and who works on them. */
export interface Knowledge {
  readonly documents: DocumentLibrary;
  readonly retrievers: RetrieverLibrary;
  /** The one that runs search with. */
  readonly retriever: Retriever;
  readonly jobs: JobRunner;
  /** Begins with what waits to be read and embedded. */
  start(): Promise<void>;
  /** Ends the processes that parse, and the connections to addresses. */
  close(): Promise<void>;
}

/** What else knowledge is made of. */
interface KnowledgeParts {
  readonly config: Config;
  readonly store: Store;
  readonly instance: Instance;
  /** The names of retrievers that come with the configuration. */
  readonly reserved: readonly string[];
  readonly log: Logger;
}

type Vectors = ReturnType<typeof embedWith>;
type OnSetback = (error: unknown) => void;

/** Who reads documents in the background, and what that holds open. */
function composeReading(
  { config, store, instance, log }: KnowledgeParts,
  vectors: Vectors | null,
  onSetback: OnSetback,
) {
  let outbound: OutboundClient | null = null;
  const parsers = new ParserPool();
  // Loaded with the first address: most documents are files.
  const fetch = async (url: string, signal: AbortSignal): Promise<FetchedSource> => {
    const client = await import("../outbound/fetch.ts");
    outbound ??= new client.OutboundClient(reachOf(config));
    const { body, mimeType } = await outbound.get(url, signal);
    return { content: body, mimeType };
  };
  const embed = vectors && vectors.embed;
  const ingestion = new Ingestion({
    ...store,
    parsers,
    fetch,
    embed,
    embedLater: () => embedAll(store, Date.now() + EMBED_PAUSE_MS),
    maxBytes: MAX_SOURCE_BYTES,
    onSetback,
  });
  const jobs = new JobRunner({
    store,
    instance,
    handlers: {
      [INGEST]: ingestion,
      [CLEAR]: new Clearing(store),
      ...(vectors && { [EMBED]: vectors.handler }),
    },
    onError: (error) => log.warn({ err: error }, "a background job failed"),
  });
  return { jobs, close: () => Promise.all([parsers.close(), outbound?.close()]) };
}

function reachOf({ urlImport }: Config): "public" | "any" {
  return urlImport === "any" ? "any" : "public";
}

function urlCheck(config: Config): (url: string) => URL {
  return (url) => {
    if (config.urlImport !== "off") return checkUrl(url, reachOf(config));
    throw invalid("url", "cannot be fetched: this server takes in no addresses");
  };
}

/** Puts it together; nothing is started or asked yet. */
export function composeKnowledge(parts: KnowledgeParts): Knowledge {
  const { config, store, reserved, log } = parts;
  const onSetback: OnSetback = (error) => log.warn({ err: error }, "done without a model");
  const models = openSearchModels(config);
  const { embedding, reranker } = models;
  const vectors = embedding && embedWith(embedding, store, onSetback);
  const { jobs, close } = composeReading(parts, vectors, onSetback);
  const embedder = embedding && createQuestionEmbedder(store.embeddingSpaces, embedding);
  const search = new KnowledgeSearch({ ...store, embedder, reranker });
  const hasEmbeddings = embedding !== null;
  return {
    documents: new StoredDocuments({
      store,
      wake: () => jobs.wake(),
      checkUrl: urlCheck(config),
      maxBytes: MAX_SOURCE_BYTES,
    }),
    retrievers: new RetrieverManager({ ...store, search, hasEmbeddings, reserved, onSetback }),
    retriever: createRetriever({ ...store, search, onSetback }),
    jobs,
    start: async () => {
      if (vectors) await embedAll(store, Date.now());
      jobs.start();
    },
    close: async () => {
      await close();
      await models.close();
    },
  };
}

/** Lets everything that has no vector be embedded; a pass that waits already is enough. */
function embedAll(store: Store, runAt: number): Promise<void> {
  return store.jobs.add({ kind: EMBED, key: "all", payload: null, runAt });
}

/** Who makes vectors: of one document while it is taken in, and of all that have none. */
function embedWith(models: EmbeddingModels, store: Store, onSetback: OnSetback) {
  const ports = { ...store, spaces: store.embeddingSpaces, models, onSetback };
  const embedder = new DocumentEmbedder(ports);
  const change = new SpaceChange({ ...ports, embedder });
  const handler: JobHandler = {
    // A model that is away comes back one day.
    maxFailures: Number.POSITIVE_INFINITY,
    run: async (_job, signal) => void (await change.run(signal)),
    giveUp: async () => {},
  };
  const embed = embedder.embedDocument.bind(embedder);
  return { handler, embed };
}
