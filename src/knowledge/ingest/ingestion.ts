/** Reads documents in the background: fetch, parse, cut, index, embed. Cut off at any point, it begins again. */
import type { Document } from "../../contract/documents.ts";
import { NotFoundError, ProviderError, WorkflowError } from "../../workflow/errors.ts";
import { newId } from "../../workflow/ids.ts";
import type { JobHandler } from "../../workflow/ports/jobs.ts";
import type { Job } from "../../workflow/ports/stores/jobs.ts";
import type { ChunkStore } from "../../workflow/ports/stores/chunks.ts";
import type { DocumentChanges, DocumentStore } from "../../workflow/ports/stores/documents.ts";
import type { SourceStore } from "../../workflow/ports/stores/sources.ts";
import type { DraftChunk } from "../chunk.ts";
import { DocumentError } from "../parse/errors.ts";
import type { ParserPool } from "../parse/pool.ts";
import type { ChunkedDocument } from "../parse/reply.ts";
import type { IngestPayload } from "./kinds.ts";
import { receiveSource } from "./receive.ts";

/** Chunks that are written in one go: short enough that searches do not wait. */
const BATCH = 200;

/** How much of the way each step is; embedding takes the rest where there is any. */
const PARSED = 0.2;
const INDEXED = { alone: 1, beforeEmbedding: 0.6 } as const;

/** How often progress is written down at most. */
const PROGRESS_MS = 250;

/** What an address gave. */
export interface FetchedSource {
  readonly content: AsyncIterable<Uint8Array>;
  readonly mimeType: string | null;
}

export interface IngestionPorts {
  readonly documents: DocumentStore;
  readonly chunks: ChunkStore;
  readonly sources: SourceStore;
  readonly parsers: Pick<ParserPool, "chunkDocument">;
  /** Reads an address that a user named; throws a `WorkflowError` that says why it cannot be read. */
  readonly fetch: (url: string, signal: AbortSignal) => Promise<FetchedSource>;
  /** Makes the vectors of a document's chunks; null where there is no embedding model. */
  readonly embed:
    | ((
        ownerId: string,
        documentId: string,
        onProgress: (chunks: number) => Promise<void>,
        signal: AbortSignal,
      ) => Promise<void>)
    | null;
  /** Sees to it that what has no vectors gets them when the model answers again. */
  readonly embedLater: () => Promise<void>;
  readonly maxBytes: number;
  /** Hears of what went wrong although the document is ready. */
  readonly onSetback: (error: unknown) => void;
}

/** A document that is gone, or was deleted meanwhile: there is nothing to do for it. */
function isGone(error: unknown): boolean {
  return error instanceof NotFoundError;
}

/** Whether trying again makes sense: a file does not change, a busy server does. */
function isFinal(error: unknown): error is WorkflowError {
  if (error instanceof DocumentError) return error.reason !== "crash";
  return (
    error instanceof WorkflowError &&
    (error.code === "PAYLOAD_TOO_LARGE" || error.code === "WORKFLOW_VALIDATION_ERROR")
  );
}

function toNewChunk({ repeated: _, ...draft }: DraftChunk) {
  return { id: newId("chk"), ...draft };
}

export class Ingestion implements JobHandler {
  readonly #ports: IngestionPorts;

  constructor(ports: IngestionPorts) {
    this.#ports = ports;
  }

  async run({ payload }: Job, signal: AbortSignal): Promise<void> {
    const { ownerId, documentId } = payload as IngestPayload;
    const document = await this.#ports.documents.get(ownerId, documentId);
    // A job whose end could not be written down comes again.
    if (!document || document.status === "ready" || document.status === "failed") return;
    try {
      await this.#read(document, payload as IngestPayload, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (isGone(error)) return;
      if (!isFinal(error)) throw error;
      await this.#fail(ownerId, documentId, error.message);
    }
  }

  async giveUp({ payload }: Job, error: unknown): Promise<void> {
    const { ownerId, documentId } = payload as IngestPayload;
    const why =
      error instanceof WorkflowError ? error.message : "The document could not be read here.";
    await this.#fail(ownerId, documentId, `${why} It was tried several times; try again later.`);
  }

  async #read(document: Document, payload: IngestPayload, signal: AbortSignal): Promise<void> {
    const { ownerId } = payload;
    const { chunks } = this.#ports;
    const { id } = document;
    await this.#update(ownerId, id, { status: "parsing", progress: 0 });
    const mimeType = await this.#fetch(document, payload, signal);
    if (mimeType === null) return;
    const parsed = await this.#parse(ownerId, document, mimeType, signal);
    await this.#update(ownerId, id, {
      status: "chunking",
      progress: PARSED,
      mime_type: parsed.mimeType,
      pages: parsed.pages?.length ?? null,
      ...(!payload.titled && parsed.title && { title: parsed.title }),
    });
    // What an earlier attempt has left was perhaps cut by other rules.
    await chunks.clear(ownerId, id);
    await this.#index(ownerId, id, parsed, signal);
    await this.#embed(ownerId, id, parsed.chunks.length, signal);
    const done = {
      status: "ready",
      progress: 1,
      error: null,
      chunks: parsed.chunks.length,
    } as const;
    await this.#update(ownerId, id, done);
  }

  /** Gets what is at a document's address; gives its declared type, or null when there is nothing more to do. */
  async #fetch(
    { id, url, collection }: Document,
    { ownerId, mimeType }: IngestPayload,
    signal: AbortSignal,
  ): Promise<string | null> {
    if (url === null) return mimeType;
    const { fetch, sources, documents, maxBytes } = this.#ports;
    const fetched = await fetch(url, signal);
    const received = await receiveSource(sources, ownerId, id, fetched.content, maxBytes);
    const same = await documents.setContent(ownerId, id, received);
    if (same === null) return fetched.mimeType ?? mimeType;
    await sources.clear(ownerId, id);
    await this.#fail(
      ownerId,
      id,
      `The collection ${collection} has this content already, as ${same}. Delete one of the two.`,
    );
    return null;
  }

  async #parse(
    ownerId: string,
    { id, bytes, url }: Document,
    mimeType: string,
    signal: AbortSignal,
  ): Promise<ChunkedDocument> {
    const { documents, sources, parsers } = this.#ports;
    const current = url === null ? null : await documents.get(ownerId, id);
    const name = (await documents.fileName(ownerId, id)) ?? (url && new URL(url).pathname) ?? "";
    const size = current?.bytes ?? bytes;
    const pieces = () => sources.read(ownerId, id);
    return parsers.chunkDocument({ name, mimeType, size, pieces }, signal);
  }

  async #index(
    ownerId: string,
    id: string,
    { chunks }: ChunkedDocument,
    signal: AbortSignal,
  ): Promise<void> {
    const end = this.#ports.embed ? INDEXED.beforeEmbedding : INDEXED.alone;
    const report = this.#reporter(ownerId, id, "chunking", PARSED, end);
    for (let at = 0; at < chunks.length; at += BATCH) {
      signal.throwIfAborted();
      const batch = chunks.slice(at, at + BATCH).map(toNewChunk);
      await this.#ports.chunks.insert(ownerId, id, batch);
      await report((at + batch.length) / chunks.length);
    }
  }

  /** A model that fails does not keep a document from being found by its words. */
  async #embed(ownerId: string, id: string, chunks: number, signal: AbortSignal): Promise<void> {
    const { embed, embedLater, onSetback } = this.#ports;
    if (!embed) return;
    const begin = INDEXED.beforeEmbedding;
    await this.#update(ownerId, id, { status: "embedding", progress: begin });
    const report = this.#reporter(ownerId, id, "embedding", begin, 1);
    try {
      await embed(ownerId, id, (done) => report(done / Math.max(chunks, 1)), signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ProviderError)) throw error;
      onSetback(error);
      await embedLater();
    }
  }

  /** Writes progress down, but not at every step. */
  #reporter(
    ownerId: string,
    id: string,
    status: Document["status"],
    from: number,
    to: number,
  ): (share: number) => Promise<void> {
    let last = performance.now();
    return async (share) => {
      if (performance.now() - last < PROGRESS_MS) return;
      last = performance.now();
      await this.#update(ownerId, id, { status, progress: from + (to - from) * share });
    };
  }

  async #update(ownerId: string, id: string, changes: DocumentChanges): Promise<void> {
    if (await this.#ports.documents.update(ownerId, id, changes)) return;
    throw new NotFoundError(`The document ${id}`);
  }

  async #fail(ownerId: string, id: string, error: string): Promise<void> {
    const { documents, chunks } = this.#ports;
    await chunks.clear(ownerId, id);
    await documents.update(ownerId, id, { status: "failed", error, progress: 0, chunks: 0 });
  }
}
