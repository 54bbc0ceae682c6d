/** What goes through the pipes of a parsing child: a file of known length, and lines. */
import type { Readable } from "node:stream";
import { MAX_LINE } from "./protocol.ts";

/** Passes content on; a file that is not as long as was said would make the next one begin in the middle of it. */
export async function* exactly(
  content: AsyncIterable<Uint8Array>,
  size: number,
  onError: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  let left = size;
  try {
    for await (const piece of content) {
      left -= piece.length;
      if (left < 0) break;
      yield piece;
    }
    if (left !== 0) throw new Error("The file's length changed while it was read.");
  } catch (error) {
    onError(error);
    throw error;
  }
}

/** The lines of a reply. */
export async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let rest = "";
  for await (const piece of stream.setEncoding("utf8") as AsyncIterable<string>) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MAX_LINE) throw new Error("A child's reply is too long.");
    yield* lines;
  }
}
