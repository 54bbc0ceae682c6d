/** What goes to a parsing child: a file of known length. */

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
