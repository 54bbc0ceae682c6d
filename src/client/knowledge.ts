/** The methods for what is searched, as their users see them. */
import type {
  Chunk,
  Collection,
  Document,
  DocumentEvent,
  DocumentFields,
  DocumentRequest,
  DocumentStatus,
  UploadAnswer,
} from "../contract/documents.ts";
import type {
  RetrieverChange,
  RetrieverInfo,
  RetrieverRequest,
  SearchAnswer,
  SearchRequest,
} from "../contract/retrievers.ts";
import type { ListPage, PageQuery } from "./lists.ts";
import type { CallOptions } from "./transport.ts";

export interface DocumentQuery extends PageQuery {
  readonly collection?: string | null;
  readonly status?: DocumentStatus | null;
}

/** Documents, collections, retrievers, searches. All reject with a ChatterError or a ConnectionError. */
export interface KnowledgeMethods {
  /** Takes in a text, or an address that the server fetches; follow it with `documentEvents`. */
  createDocument(document: DocumentRequest, options?: CallOptions): Promise<UploadAnswer>;
  /** Takes in files. However long sending them takes, it is waited for: give a signal to bound it. */
  uploadFiles(
    files: readonly File[],
    fields?: DocumentFields,
    options?: CallOptions,
  ): Promise<UploadAnswer>;
  /** Newest first. */
  listDocuments(query?: DocumentQuery, options?: CallOptions): Promise<ListPage<Document>>;
  getDocument(id: string, options?: CallOptions): Promise<Document>;
  deleteDocument(id: string, options?: CallOptions): Promise<void>;
  /** The passages of a document, in its order. */
  listChunks(id: string, query?: PageQuery, options?: CallOptions): Promise<ListPage<Chunk>>;
  /** Reads a document anew from its source. */
  reprocessDocument(id: string, options?: CallOptions): Promise<Document>;
  /** How a document stands now and after each change, until it is ready or failed; resumes by itself. */
  documentEvents(id: string, options?: CallOptions): AsyncGenerator<DocumentEvent, void, undefined>;
  listCollections(query?: PageQuery, options?: CallOptions): Promise<ListPage<Collection>>;
  listRetrievers(query?: PageQuery, options?: CallOptions): Promise<ListPage<RetrieverInfo>>;
  createRetriever(retriever: RetrieverRequest, options?: CallOptions): Promise<RetrieverInfo>;
  getRetriever(name: string, options?: CallOptions): Promise<RetrieverInfo>;
  /** Changes all of it: what is absent takes its default. */
  replaceRetriever(
    name: string,
    retriever: RetrieverChange,
    options?: CallOptions,
  ): Promise<RetrieverInfo>;
  deleteRetriever(name: string, options?: CallOptions): Promise<void>;
  /** The passages that a retriever finds, best first. */
  search(retriever: string, request: SearchRequest, options?: CallOptions): Promise<SearchAnswer>;
}
