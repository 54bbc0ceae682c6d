/** The background jobs of documents, and what they carry. */

/** Reads a document: parses, cuts, indexes, embeds. */
export const INGEST = "ingest";

/** Removes what a deleted document has left. */
export const CLEAR = "clear-document";

/** Embeds what has no vector yet, and brings a new embedding model into force. */
export const EMBED = "embed";

export interface IngestPayload {
  readonly ownerId: string;
  readonly documentId: string;
  /** Its user has named it: the title that it gives itself does not matter. */
  readonly titled: boolean;
  /** What its sender says that it is. */
  readonly mimeType: string;
}

export interface ClearPayload {
  readonly ownerId: string;
  readonly documentId: string;
}
