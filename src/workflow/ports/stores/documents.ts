/**
 * The port of documents: what is known of each, but for its source and its chunks. Here and in what belongs to a document,
 * a method that writes refuses what is not the owner's.
 */
import type { Collection, Document, DocumentStatus } from "../../../contract/documents.ts";
import type { PageOf, PageRequest } from "../page.ts";

export interface NewDocument extends Pick<
  Document,
  "id" | "title" | "collection" | "mime_type" | "bytes" | "metadata" | "url"
> {
  /** What its file is called; none where it was no file. */
  readonly file_name?: string | null;
  /** SHA-256 of its source, in hexadecimal; none while the source is not here yet. */
  readonly content_hash?: string | null;
}

/** What changes while a document is taken in; its title only before its chunks are written. */
export type DocumentChanges = Partial<
  Pick<
    Document,
    "title" | "status" | "progress" | "error" | "mime_type" | "bytes" | "pages" | "chunks"
  >
>;

export interface DocumentStore {
  /**
   * Makes it as `queued`, without chunks. Where its collection has a document of the same content already, nothing
   * is made, and that one is given back: it has another id.
   */
  create(ownerId: string, document: NewDocument): Promise<Document>;
  get(ownerId: string, id: string): Promise<Document | null>;
  /** Newest first. */
  list(
    ownerId: string,
    page: PageRequest & {
      collection?: string | undefined;
      status?: DocumentStatus | undefined;
    },
  ): Promise<PageOf<Document>>;
  /** The name of its file; null where it has none. */
  fileName(ownerId: string, id: string): Promise<string | null>;
  /**
   * Says what a document's source turned out to be. Null when all is well; when its collection has another document of
   * this content, that one's id, and nothing changes.
   */
  setContent(
    ownerId: string,
    id: string,
    content: { readonly hash: string; readonly bytes: number },
  ): Promise<string | null>;
  /** Null when there is none. Its title and collection are part of the index: they stay once it has chunks. */
  update(ownerId: string, id: string, changes: DocumentChanges): Promise<Document | null>;
  /**
   * Deletes it; false when there is none. No search finds anything of it from then on. What is left of its
   * chunks, `ChunkStore.clear` removes, or `ChunkStore.sweep` if that was not called.
   */
  delete(ownerId: string, id: string): Promise<boolean>;
  /** Of these ids, those of the owner's documents. */
  existing(ownerId: string, ids: readonly string[]): Promise<Set<string>>;
  /** The owner's collections in the order of their names, with how many documents each has. */
  collections(ownerId: string, page: PageRequest): Promise<PageOf<Collection>>;
  /** How many documents each of the owner's collections has that are ready. */
  readyByCollection(ownerId: string): Promise<Map<string, number>>;
}
