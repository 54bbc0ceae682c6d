/** A file on its way to a parser, piece by piece. */
import { open } from "node:fs/promises";

/** A file on disk, in memory or to come, with what its sender says of it; it is its content that decides what it is. */
export type DocumentFile = {
  readonly name: string;
  readonly mimeType?: string;
} & ({ readonly path: string } | { readonly bytes: Uint8Array } | Stream);

/** Bytes that are read once, from wherever they lie; there must be `size` of them. */
interface Stream {
  readonly size: number;
  readonly pieces: () => AsyncIterable<Uint8Array>;
}

/** Files go to children in pieces of this size. */
const PIECE = 65_536;

export interface Content extends AsyncDisposable {
  readonly size: number;
  pieces(): AsyncIterable<Uint8Array>;
}

/** Opens a file; disposing of the content closes it. */
export async function contentOf(file: DocumentFile): Promise<Content> {
  if ("bytes" in file) return { ...inMemory(file.bytes), [Symbol.asyncDispose]: async () => {} };
  if ("pieces" in file) {
    const { size, pieces } = file;
    return { size, pieces: () => exactly(size, pieces()), [Symbol.asyncDispose]: async () => {} };
  }
  const handle = await open(file.path);
  const { size } = await handle.stat();
  const pieces = (): AsyncIterable<Uint8Array> =>
    size === 0
      ? inMemory(new Uint8Array()).pieces()
      : handle.createReadStream({
          start: 0,
          end: size - 1,
          highWaterMark: PIECE,
          autoClose: false,
        });
  return { size, pieces, [Symbol.asyncDispose]: () => handle.close() };
}

function inMemory(bytes: Uint8Array): Omit<Content, keyof AsyncDisposable> {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
  }
  return { size: bytes.length, pieces };
}

/** A child waits for as many bytes as it was told of. */
async function* exactly(
  size: number,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let left = size;
  for await (const piece of pieces) {
    left -= piece.length;
    if (left < 0) break;
    yield piece;
  }
  if (left !== 0)
    throw new Error(`The source of a document has not the ${size} bytes it should have.`);
}
