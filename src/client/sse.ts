/** A parser for server-sent events over a fetch body, right wherever the bytes are cut. */

/** One frame: a blank line dispatched it. */
export interface Frame {
  readonly id: string | null;
  readonly event: string;
  readonly data: string;
}

/** Takes text in pieces of any size and gives the frames that each piece completes. */
export class FrameParser {
  #rest = "";
  #id: string | null = null;
  #event = "";
  #data: string[] = [];
  #atStart = true;

  /** The frames completed by this piece; an unfinished one waits for the next. */
  push(text: string): Frame[] {
    let input = this.#rest + text;
    if (this.#atStart && input.length > 0) {
      this.#atStart = false;
      if (input.startsWith("\uFEFF")) input = input.slice(1);
    }
    const frames: Frame[] = [];
    let start = 0;
    for (;;) {
      const end = lineEnd(input, start);
      if (end === null) break;
      const frame = this.#line(input.slice(start, end.at));
      if (frame) frames.push(frame);
      start = end.next;
    }
    this.#rest = input.slice(start);
    return frames;
  }

  #line(line: string): Frame | null {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#event = value;
    else if (field === "id" && !value.includes("\0")) this.#id = value;
    return null;
  }

  #dispatch(): Frame | null {
    const frame =
      this.#data.length > 0
        ? { id: this.#id, event: this.#event || "message", data: this.#data.join("\n") }
        : null;
    this.#data = [];
    this.#event = "";
    this.#id = null;
    return frame;
  }
}

/** Where the line beginning at `start` ends, and where the next begins; null when it is unfinished. */
function lineEnd(input: string, start: number): { at: number; next: number } | null {
  for (let index = start; index < input.length; index++) {
    const code = input.charCodeAt(index);
    if (code === 10) return { at: index, next: index + 1 };
    if (code !== 13) continue;
    // A carriage return at the very end may be half of "\r\n": wait for what follows.
    if (index + 1 === input.length) return null;
    return { at: index, next: input.charCodeAt(index + 1) === 10 ? index + 2 : index + 1 };
  }
  return null;
}

/**
 * The frames of a body. `onActivity` is called for every piece that arrives, comments included.
 * A frame that the end of the body cuts off is dropped: without its blank line it was never sent.
 */
export async function* readFrames(
  body: ReadableStream<Uint8Array>,
  onActivity: () => void,
): AsyncGenerator<Frame, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const parser = new FrameParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onActivity();
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    // Tells the server's socket that nobody reads any more; failing to say so changes nothing.
    await reader.cancel().catch(() => undefined);
  }
}
