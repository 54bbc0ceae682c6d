/** Reading zip archives, within limits: what an archive says of itself is checked, and is not believed. */
import { createInflateRaw } from "node:zlib";
import { DocumentError } from "./errors.ts";
import type { ParseLimits } from "./limits.ts";

/** Structures of the format, from APPNOTE.TXT of PKWARE. */
const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_ENTRY = 0x04034b50;
const END_LENGTH = 22;
const ENTRY_LENGTH = 46;
const LOCAL_LENGTH = 30;
const MAX_COMMENT = 0xffff;

/** Zip64: the extra field of numbers that do not fit into 32 bits, and what stands in their place. */
const WIDE_FIELD = 1;
const IS_WIDE = 0xffffffff;

/** What is not packed comes in pieces of this many bytes too. */
const PIECE = 65_536;

const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED_FLAG = 1;

interface Entry {
  readonly method: number;
  readonly encrypted: boolean;
  readonly packed: number;
  readonly unpacked: number;
  readonly offset: number;
}

function damaged(cause?: unknown): DocumentError {
  return new DocumentError(
    "damaged",
    "The file is a damaged archive: it is cut off or was changed. Save it again and upload it again.",
    { cause },
  );
}

function bomb(): DocumentError {
  return new DocumentError(
    "limit",
    "The file becomes far larger when it is unpacked than a document of its kind does. " +
      "Remove what is embedded in it, or split it.",
  );
}

/** The entries of an archive by name. Nothing is unpacked before it is read. */
export class ZipArchive {
  readonly #bytes: Buffer;
  readonly #limits: ParseLimits;
  readonly #entries: ReadonlyMap<string, Entry>;
  /** Bytes that all reads together have unpacked. */
  #unpacked = 0;

  /** Throws a DocumentError if the directory is damaged or has too many entries. */
  constructor(bytes: Buffer, limits: ParseLimits) {
    this.#bytes = bytes;
    this.#limits = limits;
    this.#entries = readDirectory(bytes, limits);
  }

  get names(): string[] {
    return [...this.#entries.keys()];
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** An entry's content piece by piece; nothing if there is no such entry. */
  async *read(name: string): AsyncGenerator<Buffer> {
    const entry = this.#entries.get(name);
    if (!entry) return;
    if (entry.encrypted) {
      throw new DocumentError(
        "encrypted",
        "The file is protected by a password. Remove the protection and upload it again.",
      );
    }
    if (this.#unpacked + entry.unpacked > this.#limits.zipBytes) throw bomb();
    const packed = this.#packed(entry);
    let own = 0;
    for await (const piece of unpack(packed, entry.method)) {
      own += piece.length;
      this.#unpacked += piece.length;
      const isLarge = own > this.#limits.zipFreeBytes;
      const isBomb = isLarge && own > packed.length * this.#limits.zipRatio;
      if (isBomb || this.#unpacked > this.#limits.zipBytes) throw bomb();
      yield piece;
    }
  }

  /** An entry's packed bytes, which its local header comes before. */
  #packed({ offset, packed }: Entry): Buffer {
    const bytes = this.#bytes;
    const isEntry =
      offset + LOCAL_LENGTH <= bytes.length && bytes.readUInt32LE(offset) === LOCAL_ENTRY;
    if (!isEntry) throw damaged();
    const names = bytes.readUInt16LE(offset + 26) + bytes.readUInt16LE(offset + 28);
    const start = offset + LOCAL_LENGTH + names;
    if (start + packed > bytes.length) throw damaged();
    return bytes.subarray(start, start + packed);
  }
}

async function* unpack(packed: Buffer, method: number): AsyncGenerator<Buffer> {
  if (method === STORED) {
    for (let at = 0; at < packed.length; at += PIECE) yield packed.subarray(at, at + PIECE);
    return;
  }
  if (method !== DEFLATED) {
    throw new DocumentError(
      "unsupported",
      "The file is packed in a way that is not supported. Open it and save it again.",
    );
  }
  const inflate = createInflateRaw();
  inflate.end(packed);
  try {
    for await (const piece of inflate) yield piece as Buffer;
  } catch (error) {
    throw error instanceof DocumentError ? error : damaged(error);
  } finally {
    inflate.destroy();
  }
}

function readDirectory(bytes: Buffer, limits: ParseLimits): Map<string, Entry> {
  const end = findEnd(bytes);
  const count = bytes.readUInt16LE(end + 10);
  let at = bytes.readUInt32LE(end + 16);
  const entries = new Map<string, Entry>();
  // The count is one of 16 bits; archives with more entries say 65,535 here.
  if (count > limits.zipEntries) {
    throw new DocumentError(
      "limit",
      `The file is an archive of more than ${limits.zipEntries} parts. Split the document.`,
    );
  }
  for (let index = 0; index < count; index++) {
    if (at + ENTRY_LENGTH > end || bytes.readUInt32LE(at) !== DIRECTORY_ENTRY) throw damaged();
    const nameEnd = at + ENTRY_LENGTH + bytes.readUInt16LE(at + 28);
    const name = bytes.toString("utf8", at + ENTRY_LENGTH, nameEnd).replaceAll("\\", "/");
    const extraEnd = nameEnd + bytes.readUInt16LE(at + 30);
    const wide = wideNumbers(bytes.subarray(nameEnd, extraEnd));
    // In this order: a number that has no room here is the next of the wide ones.
    const [unpacked = 0, packed = 0, offset = 0] = [24, 20, 42].map((field) => {
      const narrow = bytes.readUInt32LE(at + field);
      return narrow === IS_WIDE ? (wide.shift() ?? narrow) : narrow;
    });
    entries.set(name, {
      method: bytes.readUInt16LE(at + 10),
      encrypted: (bytes.readUInt16LE(at + 8) & ENCRYPTED_FLAG) !== 0,
      packed,
      unpacked,
      offset,
    });
    at = extraEnd + bytes.readUInt16LE(at + 32);
  }
  return entries;
}

/** The numbers of 64 bits in an entry's extra fields (Zip64): some programs write them for small files too. */
function wideNumbers(extra: Buffer): number[] {
  for (let at = 0; at + 4 <= extra.length;) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === WIDE_FIELD) {
      const count = Math.floor((Math.min(end, extra.length) - at - 4) / 8);
      return Array.from({ length: count }, (_, index) =>
        Number(extra.readBigUInt64LE(at + 4 + 8 * index)),
      );
    }
    at = end;
  }
  return [];
}

/** Where the end-of-directory record is: the last thing in the file but for a comment. */
function findEnd(bytes: Buffer): number {
  const first = Math.max(0, bytes.length - END_LENGTH - MAX_COMMENT);
  for (let at = bytes.length - END_LENGTH; at >= first; at--) {
    if (bytes.readUInt32LE(at) === END_OF_DIRECTORY) return at;
  }
  throw damaged();
}
