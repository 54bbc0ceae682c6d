/** Takes a source in, piece by piece: never more of it in memory than one part. */
import { createHash } from "node:crypto";
import { WorkflowError } from "../../workflow/errors.ts";
import type { SourceStore } from "../../workflow/ports/stores/sources.ts";

/** A part is written in a few milliseconds, so that nobody else waits long. */
const PART_BYTES = 256 * 1024;

const MEBIBYTE = 1024 * 1024;

export interface Received {
  readonly bytes: number;
  /** SHA-256, hexadecimal. */
  readonly hash: string;
}

function tooLarge(maxBytes: number): WorkflowError {
  const size = Math.floor(maxBytes / MEBIBYTE);
  return new WorkflowError(
    "PAYLOAD_TOO_LARGE",
    `A file may have at most ${size} MB. Split it and upload the parts.`,
  );
}

/** Cuts a stream of bytes, in pieces of any size, into parts. Throws `PAYLOAD_TOO_LARGE`. */
async function* inParts(
  content: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  let total = 0;
  for await (const piece of content) {
    total += piece.length;
    if (total > maxBytes) throw tooLarge(maxBytes);
    waiting.push(piece);
    size += piece.length;
    if (size < PART_BYTES) continue;
    const all = Buffer.concat(waiting);
    let at = 0;
    for (; all.length - at >= PART_BYTES; at += PART_BYTES) {
      yield all.subarray(at, at + PART_BYTES);
    }
    waiting = at < all.length ? [all.subarray(at)] : [];
    size = all.length - at;
  }
  if (size > 0) yield Buffer.concat(waiting);
}

/**
 * Stores the source of a document, in place of an earlier one. Throws `PAYLOAD_TOO_LARGE` for more than `maxBytes`, and
 * what the stream or the store throws; then nothing of it stays.
 */
export async function receiveSource(
  sources: SourceStore,
  ownerId: string,
  documentId: string,
  content: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Received> {
  const hash = createHash("sha256");
  let part = 0;
  let bytes = 0;
  try {
    await sources.clear(ownerId, documentId);
    for await (const each of inParts(content, maxBytes)) {
      hash.update(each);
      bytes += each.length;
      await sources.write(ownerId, documentId, part++, each);
    }
  } catch (error) {
    await sources.clear(ownerId, documentId);
    throw error;
  }
  return { bytes, hash: hash.digest("hex") };
}
