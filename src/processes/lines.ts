/** What a child says, line by line. */
import type { Readable } from "node:stream";

/** The lines of a stream; an Error for one that is longer than `maxLine` UTF-16 units: such a child is not heard out. */
export async function* linesOf(stream: Readable, maxLine: number): AsyncGenerator<string> {
  let rest = "";
  for await (const piece of stream.setEncoding("utf8") as AsyncIterable<string>) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > maxLine) throw new Error("A child's reply is too long.");
    yield* lines;
  }
}
