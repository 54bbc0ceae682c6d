/** Puts the parts of a child's reply together, and holds them to the limits: a child is not trusted more than its file. */
import type { DraftChunk } from "../chunk.ts";
import type { PageSpan, ParsedDocument } from "./document.ts";
import { DocumentError, isReason } from "./errors.ts";
import type { ParseLimits } from "./limits.ts";
import type { ChunkSpan, ReplyEnd, ReplyPart } from "./protocol.ts";

/** A document with the chunks that it was cut into, in the place of its blocks. */
export interface ChunkedDocument extends Omit<ParsedDocument, "blocks"> {
  readonly chunks: readonly DraftChunk[];
}

export class Reply {
  readonly #limits: ParseLimits;
  readonly #texts: string[] = [];
  readonly #pages: PageSpan[] = [];
  readonly #chunks: ChunkSpan[] = [];
  #length = 0;
  #end: ReplyEnd | null = null;

  constructor(limits: ParseLimits) {
    this.#limits = limits;
  }

  /** Takes the next part. Throws the DocumentError that the child reports, or an Error if it says too much. */
  add(part: ReplyPart): void {
    if ("text" in part) {
      this.#texts.push(part.text);
      this.#length += part.text.length;
    } else if ("pages" in part) this.#pages.push(...part.pages);
    else if ("chunks" in part) this.#chunks.push(...part.chunks);
    else if ("done" in part) this.#end = part.done;
    else {
      const { reason, message } = part.error;
      throw new DocumentError(isReason(reason) ? reason : "crash", message);
    }
    const { textLength, pages } = this.#limits;
    const isTooMuch =
      this.#length > textLength || this.#pages.length > pages || this.#chunks.length > textLength;
    if (isTooMuch) throw new Error("A child's reply is beyond the limits that it was given.");
  }

  /** What the child's process takes of memory, in bytes; null while the reply is not complete. */
  get residentBytes(): number | null {
    return this.#end?.residentBytes ?? null;
  }

  /** Throws an Error if the reply is not complete. */
  toDocument(): ChunkedDocument {
    if (!this.#end) throw new Error("A child's reply has no end.");
    const { mimeType, title, metadata, hasPages } = this.#end;
    const text = this.#texts.join("");
    const chunks = this.#chunks.map((span) => {
      const { start, end, repeated } = span;
      const header = repeated ? `${text.slice(repeated.start, repeated.end)}\n` : "";
      return { ...span, text: header + text.slice(start, end) };
    });
    return { mimeType, title, text, pages: hasPages ? this.#pages : null, metadata, chunks };
  }
}
