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

/** The longest text that is taken as JSON; a longer one is uploaded as a file. */
const MAX_TEXT = 2_000_000;

const Title = text(1, 500);

/** What may be said of a document beside its content; of a file, its form has fields of the same names. */
export const DocumentFields = z.strictObject({
  title: Title.nullish().describe("default: the file's name, or the title that it says itself"),
  collection: CollectionName.nullish().describe(`default: ${DEFAULT_COLLECTION}`),
  metadata: Metadata.nullish(),
});
export type DocumentFields = z.infer<typeof DocumentFields>;

/** A document as text, or the address that one is fetched from: exactly one of the two. */
export const DocumentRequest = z
  .strictObject({
    ...DocumentFields.shape,
    text: text(1, MAX_TEXT).nullish(),
    url: text(1, 2000).nullish().describe("fetched by the server: http or https"),
  })
  .superRefine((request, context) => {
    const given = (name: "title" | "text" | "url") => (request[name] ?? null) !== null;
    const says = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    if (!given("text") && !given("url")) {
      says("text", "is required where there is no url; a file is sent as multipart/form-data");
    }
    if (given("text") && given("url")) says("url", "must not stand beside a text");
    if (given("text") && !given("title")) says("title", "is required for a text");
  })
  .meta({ id: "DocumentRequest" });
export type DocumentRequest = z.infer<typeof DocumentRequest>;

/** What was taken in; a document that was there already, with the same content, is given as it is. */
export const UploadAnswer = z.object({ data: z.array(Document) }).meta({ id: "UploadAnswer" });
export type UploadAnswer = z.infer<typeof UploadAnswer>;

/** How far a document is, as its stream of events tells: after each change, and once at the beginning. */
export const DocumentEvent = z
  .discriminatedUnion("type", [
    Document.extend({ type: z.literal("progress") }),
    z.object({
      type: z.literal("end"),
      status: DocumentStatus.describe("ready or failed; the stream is over"),
    }),
  ])
  .meta({ id: "DocumentEvent" });
export type DocumentEvent = z.infer<typeof DocumentEvent>;

/** A collection, as long as a document carries its name. */
export const Collection = z
  .object({
    name: z.string(),
    documents: z.int(),
    ready: z.int().describe("how many of them can be searched"),
  })
  .meta({ id: "Collection" });
export type Collection = z.infer<typeof Collection>;
