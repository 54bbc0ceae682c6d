/** A user's documents: taken in, listed, watched, deleted. The reading itself is background work. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  DEFAULT_COLLECTION,
  type Document,
  type DocumentEvent,
  type DocumentFields,
} from "../contract/documents.ts";
import { ConflictError, NotFoundError } from "../workflow/errors.ts";
import { newId } from "../workflow/ids.ts";
import type {
  DocumentLibrary,
  DocumentQuery,
  IncomingFile,
  ReceivedFile,
} from "../workflow/ports/library.ts";
import type { PageRequest } from "../workflow/ports/page.ts";
import type { Store, StoreTransaction } from "../workflow/ports/store.ts";
import { CLEAR, type ClearPayload, INGEST, type IngestPayload } from "./ingest/kinds.ts";
import { receiveSource } from "./ingest/receive.ts";

/** How often a watched document is looked at. */
const WATCH_MS = 300;

const UNKNOWN_TYPE = "application/octet-stream";

export interface LibraryPorts {
  readonly store: Store;
  /** Says that a job may be waiting. */
  readonly wake: () => void;
  /** Checks an address that a user named. Throws a `WorkflowValidationError`. */
  readonly checkUrl: (url: string) => URL;
  readonly maxBytes: number;
}

/** Whether its user has named it. */
function isTitled({ title }: DocumentFields): boolean {
  return (title ?? null) !== null;
}

/** What a file is called, without the path that some browsers send and without its ending. */
function titleOf(name: string): string {
  const base = name.split(/[\\/]/).at(-1) ?? "";
  return (
    base
      .replace(/\.[a-z0-9]{1,8}$/i, "")
      .trim()
      .slice(0, 500) || "Untitled"
  );
}

/** What an address is called before anything of it is read. */
function titleOfUrl({ host, pathname }: URL): string {
  const last = decodeURIComponentSafely(pathname.split("/").findLast((part) => part !== "") ?? "");
  return last === "" ? host : titleOf(last);
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A name or a type that a client sent, as every store can hold it. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "").slice(0, 255);
}

export class StoredDocuments implements DocumentLibrary {
  readonly #ports: LibraryPorts;

  constructor(ports: LibraryPorts) {
    this.#ports = ports;
  }

  async receive(ownerId: string, file: IncomingFile): Promise<ReceivedFile> {
    const { store, maxBytes } = this.#ports;
    const id = newId("doc");
    const received = await receiveSource(store.sources, ownerId, id, file.content, maxBytes);
    return { id, name: storable(file.name), mimeType: storable(file.mimeType), ...received };
  }

  async discard(ownerId: string, files: readonly ReceivedFile[]): Promise<void> {
    for (const { id } of files) await this.#ports.store.sources.clear(ownerId, id);
  }

  async accept(
    ownerId: string,
    files: readonly ReceivedFile[],
    fields: DocumentFields,
  ): Promise<Document[]> {
    const { store, wake } = this.#ports;
    const documents = await store.transaction(async (tx) => {
      const made: Document[] = [];
      for (const file of files) made.push(await this.#make(tx, ownerId, file, fields));
      return made;
    });
    wake();
    const spare = files.filter(({ id }) => documents.every((document) => document.id !== id));
    // They are accepted, whatever becomes of the spare copies: a sweep removes what stays of those.
    await this.discard(ownerId, spare).catch(() => undefined);
    return documents;
  }

  async acceptText(ownerId: string, text: string, fields: DocumentFields): Promise<Document> {
    const content = [Buffer.from(text, "utf8")];
    const file = await this.receive(ownerId, {
      name: fields.title ?? "",
      mimeType: "text/plain",
      content: (async function* () {
        yield* content;
      })(),
    });
    const [document] = await this.accept(ownerId, [file], fields);
    if (!document) throw new Error("A text is one document.");
    return document;
  }

  async acceptUrl(ownerId: string, given: string, fields: DocumentFields): Promise<Document> {
    const { store, wake, checkUrl } = this.#ports;
    const url = checkUrl(given);
    const document = await store.transaction(async (tx) => {
      const made = await tx.documents.create(ownerId, {
        ...this.#common(newId("doc"), fields),
        title: fields.title ?? titleOfUrl(url),
        mime_type: UNKNOWN_TYPE,
        bytes: 0,
        url: url.href,
      });
      await this.#ingest(tx, ownerId, made.id, { titled: isTitled(fields), mimeType: "" });
      return made;
    });
    wake();
    return document;
  }

  list(ownerId: string, query: DocumentQuery) {
    return this.#ports.store.documents.list(ownerId, query);
  }

  async get(ownerId: string, id: string): Promise<Document> {
    const document = await this.#ports.store.documents.get(ownerId, id);
    if (!document) throw new NotFoundError(`Document ${id}`);
    return document;
  }

  async chunks(ownerId: string, id: string, page: PageRequest) {
    await this.get(ownerId, id);
    return this.#ports.store.chunks.list(ownerId, id, page);
  }

  async remove(ownerId: string, id: string): Promise<void> {
    const { store, wake } = this.#ports;
    await store.transaction(async (tx) => {
      if (!(await tx.documents.delete(ownerId, id))) throw new NotFoundError(`Document ${id}`);
      await tx.jobs.cancel(INGEST, id);
      const payload: ClearPayload = { ownerId, documentId: id };
      await tx.jobs.add({ kind: CLEAR, key: id, payload });
    });
    wake();
  }

  async reprocess(ownerId: string, id: string): Promise<Document> {
    const { store, wake } = this.#ports;
    const queued = await store.transaction(async (tx) => {
      const document = await tx.documents.get(ownerId, id);
      if (!document) throw new NotFoundError(`Document ${id}`);
      if (document.status !== "ready" && document.status !== "failed") {
        throw new ConflictError(`Document ${id} is being read already: it is ${document.status}.`);
      }
      const changes = { status: "queued", progress: 0, error: null, chunks: 0 } as const;
      const changed = await tx.documents.update(ownerId, id, changes);
      // A name that was once there stays.
      await this.#ingest(tx, ownerId, id, { titled: true, mimeType: document.mime_type });
      return changed ?? document;
    });
    wake();
    return queued;
  }

  async *events(
    ownerId: string,
    id: string,
    signal: AbortSignal,
  ): AsyncGenerator<DocumentEvent, void, undefined> {
    let shown = "";
    while (!signal.aborted) {
      const document = await this.#ports.store.documents.get(ownerId, id);
      if (!document) return;
      const state = JSON.stringify(document);
      if (state !== shown) yield { type: "progress", ...document };
      shown = state;
      const { status } = document;
      if (status === "ready" || status === "failed") {
        yield { type: "end", status };
        return;
      }
      await sleep(WATCH_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  collections(ownerId: string, page: PageRequest) {
    return this.#ports.store.documents.collections(ownerId, page);
  }

  #common(id: string, { collection, metadata }: DocumentFields) {
    return { id, collection: collection ?? DEFAULT_COLLECTION, metadata: metadata ?? {} };
  }

  async #make(
    tx: StoreTransaction,
    ownerId: string,
    { id, name, mimeType, bytes, hash }: ReceivedFile,
    fields: DocumentFields,
  ): Promise<Document> {
    const document = await tx.documents.create(ownerId, {
      ...this.#common(id, fields),
      title: fields.title ?? titleOf(name),
      mime_type: mimeType || UNKNOWN_TYPE,
      bytes,
      url: null,
      file_name: name,
      content_hash: hash,
    });
    if (document.id === id) {
      await this.#ingest(tx, ownerId, id, { titled: isTitled(fields), mimeType });
    }
    return document;
  }

  #ingest(
    tx: StoreTransaction,
    ownerId: string,
    documentId: string,
    about: Pick<IngestPayload, "titled" | "mimeType">,
  ): Promise<void> {
    const payload: IngestPayload = { ownerId, documentId, ...about };
    return tx.jobs.add({ kind: INGEST, key: documentId, payload });
  }
}
