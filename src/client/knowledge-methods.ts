/** Documents, collections, retrievers, searches. */
import type { DocumentFields } from "../contract/documents.ts";
import { followDocument } from "./document-events.ts";
import type { KnowledgeMethods } from "./knowledge.ts";
import { path, type Transport } from "./transport.ts";

type DocumentMethods = Omit<KnowledgeMethods, keyof RetrieverMethods>;

type RetrieverMethods = Pick<
  KnowledgeMethods,
  | "listRetrievers"
  | "createRetriever"
  | "getRetriever"
  | "replaceRetriever"
  | "deleteRetriever"
  | "search"
>;

/** Binds the methods to a server. */
export function createKnowledgeMethods(transport: Transport): KnowledgeMethods {
  return { ...documentMethods(transport), ...retrieverMethods(transport) };
}

function documentMethods(transport: Transport): DocumentMethods {
  const { json } = transport;
  return {
    createDocument: (body, options) =>
      json({ method: "POST", path: "/documents", body, ...options }),
    uploadFiles: (files, fields = {}, options) =>
      json({
        method: "POST",
        path: "/documents",
        form: toForm(files, fields),
        timeoutMs: null,
        ...options,
      }),
    listDocuments: (query, options) =>
      json({ method: "GET", path: "/documents", query: { ...query }, ...options }),
    getDocument: (id, options) => json({ method: "GET", path: path`/documents/${id}`, ...options }),
    deleteDocument: (id, options) =>
      json({ method: "DELETE", path: path`/documents/${id}`, ...options }),
    listChunks: (id, query, options) =>
      json({ method: "GET", path: path`/documents/${id}/chunks`, query: { ...query }, ...options }),
    reprocessDocument: (id, options) =>
      json({ method: "POST", path: path`/documents/${id}/reprocess`, ...options }),
    documentEvents: (id, options = {}) => followDocument(transport, id, options),
    listCollections: (query, options) =>
      json({ method: "GET", path: "/collections", query: { ...query }, ...options }),
  };
}

function retrieverMethods({ json }: Transport): RetrieverMethods {
  return {
    listRetrievers: (query, options) =>
      json({ method: "GET", path: "/retrievers", query: { ...query }, ...options }),
    createRetriever: (body, options) =>
      json({ method: "POST", path: "/retrievers", body, ...options }),
    getRetriever: (name, options) =>
      json({ method: "GET", path: path`/retrievers/${name}`, ...options }),
    replaceRetriever: (name, body, options) =>
      json({ method: "PUT", path: path`/retrievers/${name}`, body, ...options }),
    deleteRetriever: (name, options) =>
      json({ method: "DELETE", path: path`/retrievers/${name}`, ...options }),
    search: (name, body, options) =>
      json({ method: "POST", path: path`/retrievers/${name}/search`, body, ...options }),
  };
}

/** The fields go before the files: a server that reads the form as it comes knows them by then. */
function toForm(files: readonly File[], { title, collection, metadata }: DocumentFields): FormData {
  const form = new FormData();
  if (typeof title === "string") form.append("title", title);
  if (typeof collection === "string") form.append("collection", collection);
  if (metadata) form.append("metadata", JSON.stringify(metadata));
  for (const file of files) form.append("file", file);
  return form;
}
