/** The ports of a user's documents and retrievers, as clients see them. */
import type {
  Chunk,
  Collection,
  Document,
  DocumentEvent,
  DocumentFields,
} from "../../contract/documents.ts";
import type {
  RetrieverChange,
  RetrieverInfo,
  RetrieverRequest,
  SearchAnswer,
  SearchRequest,
} from "../../contract/retrievers.ts";
import type { Page } from "../../contract/text.ts";
import type { PageOf } from "./page.ts";

/** A file on its way in; its content is read once. */
export interface IncomingFile {
  readonly name: string;
  /** What its sender says that it is; empty where nothing is said. */
  readonly mimeType: string;
  readonly content: AsyncIterable<Uint8Array>;
}

/** A file that is here, and belongs to no document yet. */
export interface ReceivedFile {
  /** The id that its document will have. */
  readonly id: string;
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: number;
  /** SHA-256, hexadecimal. */
  readonly hash: string;
}

export interface DocumentQuery extends Page {
  readonly collection?: string | undefined;
  readonly status?: Document["status"] | undefined;
}

/** A user's documents. Foreign and unknown ids are a `NotFoundError`. */
export interface DocumentLibrary {
  /**
   * Takes a file's bytes in as they come. Throws `PAYLOAD_TOO_LARGE` when there are too many, and what `content`
   * throws; then nothing of it stays.
   */
  receive(ownerId: string, file: IncomingFile): Promise<ReceivedFile>;
  /** Lets go of files that will be no documents. */
  discard(ownerId: string, files: readonly ReceivedFile[]): Promise<void>;
  /**
   * Makes documents of received files, all or none, and sees to it that they are read. A file that its collection has
   * already, byte by byte, gives the document that is there.
   */
  accept(
    ownerId: string,
    files: readonly ReceivedFile[],
    fields: DocumentFields,
  ): Promise<Document[]>;
  /** Takes in a text. */
  acceptText(ownerId: string, text: string, fields: DocumentFields): Promise<Document>;
  /** Makes a document of what an address leads to. Throws a `WorkflowValidationError` for one that is out of reach. */
  acceptUrl(ownerId: string, url: string, fields: DocumentFields): Promise<Document>;
  list(ownerId: string, query: DocumentQuery): Promise<PageOf<Document>>;
  get(ownerId: string, id: string): Promise<Document>;
  chunks(ownerId: string, id: string, page: Page): Promise<PageOf<Chunk>>;
  /** No search finds it from then on. */
  remove(ownerId: string, id: string): Promise<void>;
  /** Reads it anew from its source, or its address. Throws a `ConflictError` while it is being read. */
  reprocess(ownerId: string, id: string): Promise<Document>;
  /** How far a document is: now, and after each change, until it is ready, failed or gone. */
  events(
    ownerId: string,
    id: string,
    signal: AbortSignal,
  ): AsyncGenerator<DocumentEvent, void, undefined>;
  collections(ownerId: string, page: Page): Promise<PageOf<Collection>>;
}

/** A user's retrievers, the built-in ones among them. An unknown name is a `NotFoundError`. */
export interface RetrieverLibrary {
  /** In the order of their names, after a name. */
  list(ownerId: string, after: string | null, limit: number): Promise<RetrieverInfo[]>;
  get(ownerId: string, name: string): Promise<RetrieverInfo>;
  /** Throws a `ConflictError` where there is one of this name. */
  create(ownerId: string, request: RetrieverRequest): Promise<RetrieverInfo>;
  /** Changes all of it; what is absent takes its default. Throws a `ConflictError` for a built-in one. */
  replace(ownerId: string, name: string, change: RetrieverChange): Promise<RetrieverInfo>;
  /** Throws a `ConflictError` for a built-in one. */
  delete(ownerId: string, name: string): Promise<void>;
  search(
    ownerId: string,
    name: string,
    request: SearchRequest,
    signal: AbortSignal,
  ): Promise<SearchAnswer>;
}
