/** The library: documents, page by page, and the collections that they are in. */
import type { Client, Collection, Document, DocumentRequest } from "../../../src/client/index.ts";
import { createStore, type Store } from "../api/store.ts";
import { createDocumentProgress, isDone } from "./document-progress.ts";
import { createPagedList, type PagedList } from "./paged-list.ts";
import { createResource, readAll, type Resource } from "./resource.ts";
import { createUploads, type Uploads } from "./uploads.ts";

/** The filter is the collection that is shown; null for all of them. */
export interface DocumentList extends PagedList<Document, string | null> {
  readonly collections: Resource<Collection>;
  readonly uploads: Uploads;
  /** The last thing that a person asked for that did not work; null when it is dismissed. */
  readonly problem: Store<unknown>;
  /** Reads documents and collections. Never rejects. */
  readonly load: () => Promise<void>;
  /** Takes in a text or an address. Rejects when the server refuses. */
  readonly create: (request: DocumentRequest) => Promise<void>;
  /** Reads a document anew. Null, with a problem, when the server refuses; never rejects. */
  readonly reprocess: (id: string) => Promise<Document | null>;
  /** Rejects when the server refuses. */
  readonly remove: (id: string) => Promise<void>;
  /** Shows how a document stands that is in the list. */
  readonly put: (document: Document) => void;
}

interface DocumentPorts {
  readonly client: Client;
  readonly announce: (text: string) => void;
  /** What can be found has changed. */
  readonly onChanged: () => void;
}

/** Builds the library over a client, and watches what is in sight of it until it is done. */
export function createDocumentList({ client, announce, onChanged }: DocumentPorts): DocumentList {
  const list = createPagedList<Document, string | null>(null, (collection, page) =>
    client.listDocuments({ ...page, collection }),
  );
  const { state } = list;
  const collections = createResource(() => readAll((query) => client.listCollections(query)));
  const load = async (): Promise<void> => {
    await Promise.all([list.refresh(), collections.load()]);
  };
  const put = (document: Document): void => {
    const before = state.get().items.find(({ id }) => id === document.id);
    if (!before) return;
    const items = state.get().items.map((one) => (one.id === document.id ? document : one));
    state.patch({ items });
    if (!isDone(document) || isDone(before)) return;
    announce(doneText(document));
    onChanged();
    void collections.load();
  };
  const progress = createDocumentProgress({ client, onChanged: put, ask: () => void load() });
  state.subscribe(() => progress.watch(state.get().items));
  const problem = createStore<unknown>(null);
  const taken = async (documents: readonly Document[]): Promise<void> => {
    const known = new Set(state.get().items.map(({ id }) => id));
    await load();
    const [again] = documents.filter(({ id }) => known.has(id));
    announce(again ? `“${again.title}” was here already.` : "Taken in.");
  };
  return {
    ...list,
    collections,
    uploads: createUploads(client, taken),
    problem,
    load,
    put,
    create: async (request) => {
      await taken((await client.createDocument(request)).data);
    },
    reprocess: async (id) => {
      problem.set(null);
      try {
        const document = await client.reprocessDocument(id);
        put(document);
        return document;
      } catch (error) {
        problem.set(error);
        return null;
      }
    },
    remove: async (id) => {
      await client.deleteDocument(id);
      state.patch({ items: state.get().items.filter((one) => one.id !== id) });
      onChanged();
      void collections.load();
    },
  };
}

function doneText({ title, status }: Document): string {
  return status === "ready" ? `“${title}” is ready.` : `“${title}” could not be read.`;
}
