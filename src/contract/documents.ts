/** Documents, which are searched, and the chunks that they are cut into. */
import { z } from "zod";
import { id, Metadata, text, Timestamp } from "./text.ts";

/** The collection of a document whose uploader names none. */
export const DEFAULT_COLLECTION = "default";

/** A label under which documents are searched together; it exists as long as a document carries it. */
export const CollectionName = text(1, 100);

/** The steps of a document from its upload on; only one that is `ready` is found by a search. */
export const DocumentStatus = z.enum([
  "queued",
  "parsing",
  "chunking",
  "embedding",
  "ready",
  "failed",
]);
export type DocumentStatus = z.infer<typeof DocumentStatus>;

export const Document = z
  .object({
    id: id("doc"),
    title: z.string(),
    collection: z.string(),
    status: DocumentStatus,
    progress: z.number().min(0).max(1).describe("share of the work that is done"),
    error: z.string().nullable().describe("why it failed, and what to do"),
    mime_type: z.string(),
    bytes: z.int().describe("size of the source"),
    pages: z
      .int()
      .nullable()
      .describe("null where its format has no pages, or before it is parsed"),
    chunks: z.int().describe("how many can be searched"),
    metadata: Metadata,
    url: z.string().nullable().describe("where it came from, if it was fetched"),
    created_at: Timestamp,
  })
  .meta({ id: "Document" });
export type Document = z.infer<typeof Document>;

/** A passage of a document, the unit of search. */
export const Chunk = z
  .object({
    id: id("chk"),
    document_id: id("doc"),
    ordinal: z.int().min(0).describe("its place among the document's chunks, from 0"),
    text: z.string(),
    heading: z.string().nullable().describe("the headings above it"),
    page: z.int().nullable().describe("the page that it begins on, from 1"),
    start: z.int().describe("offset of the first character in the document's text"),
    end: z.int().describe("offset after the last character"),
    tokens: z.int().describe("estimated length for a model"),
  })
  .meta({ id: "Chunk" });
export type Chunk = z.infer<typeof Chunk>;
