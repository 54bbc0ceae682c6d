/**
 * What the server and its parsing children say to each other. A request is a line of JSON on the child's standard
 * input, then as many bytes as it names. A reply is lines of JSON on another pipe, each small, so that reading one never
 * holds up the server.
 */
import type { ChunkOptions } from "../chunk-options.ts";
import type { DraftChunk } from "../chunk.ts";
import type { PageSpan, ParsedDocument } from "./document.ts";
import type { DocumentErrorReason } from "./errors.ts";
import type { ParseLimits } from "./limits.ts";

/** The child's file descriptor for replies; its standard output belongs to whatever a library prints. */
export const REPLY_DESCRIPTOR = 3;

export interface ParseRequest {
  /** How many bytes follow. */
  readonly size: number;
  readonly name: string;
  readonly mimeType?: string | undefined;
  readonly limits: ParseLimits;
  readonly chunking: ChunkOptions;
}

/** A chunk whose text the server takes from the document's. */
export type ChunkSpan = Omit<DraftChunk, "text">;

/** A part of a reply; `done` or `error` is the last. */
export type ReplyPart =
  | { readonly text: string }
  | { readonly pages: readonly PageSpan[] }
  | { readonly chunks: readonly ChunkSpan[] }
  | { readonly done: ReplyEnd }
  | { readonly error: { readonly reason: DocumentErrorReason; readonly message: string } };

export interface ReplyEnd extends Pick<ParsedDocument, "mimeType" | "title" | "metadata"> {
  readonly hasPages: boolean;
  /** What the child's process takes of memory, in bytes: it may be time for a new one. */
  readonly residentBytes: number;
}

/** A line of a reply is no longer than this, in UTF-16 units; a child that says more is not heard out. */
export const MAX_LINE = 1_000_000;

/** How much of each goes into one line. */
const BATCH = { text: 32_768, pages: 1000, chunks: 100 } as const;

function* batches<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}

/** A document and its chunks as the parts of a reply. */
export function* replyParts(
  document: ParsedDocument,
  chunks: readonly DraftChunk[],
  residentBytes: number,
): Generator<ReplyPart> {
  const { text, pages, mimeType, title, metadata } = document;
  for (let at = 0; at < text.length; at += BATCH.text)
    yield { text: text.slice(at, at + BATCH.text) };
  for (const part of batches(pages ?? [], BATCH.pages)) yield { pages: part };
  const spans = chunks.map(({ text: _, ...span }) => span);
  for (const part of batches(spans, BATCH.chunks)) yield { chunks: part };
  yield { done: { mimeType, title, metadata, hasPages: pages !== null, residentBytes } };
}
