/** Server-sent events, read by hand: the way of every token, so nothing here allocates more than it must. */
import { StringDecoder } from "node:string_decoder";

/** A frame longer than this is not an answer but an attack or a defect: 16 million characters. */
const MAX_FRAME_LENGTH = 16 * 1024 * 1024;

const LINE_FEED = 10;
const SPACE = 32;
const BYTE_ORDER_MARK = 0xfeff;

/** Gets the `data` of one frame (its lines joined by `\n`) and its `event` name, empty if it has none. */
export type FrameHandler = (data: string, event: string) => void;

/**
 * Cuts a byte stream into frames as the WHATWG standard says: lines end in `\n`, `\r\n` or `\r`, a blank line
 * ends a frame, lines that begin with a colon are comments. Chunks may end anywhere, inside a character too.
 * Call `push` for every chunk and `end` once after the last.
 */
export class SseParser {
  readonly #decoder = new StringDecoder("utf8");
  readonly #onFrame: FrameHandler;
  /** The beginning of a line whose end has not come yet. */
  #rest = "";
  #data: string | null = null;
  #event = "";
  #skipLineFeed = false;
  #atStart = true;

  constructor(onFrame: FrameHandler) {
    this.#onFrame = onFrame;
  }

  /** Reads one chunk and hands over the frames it completes. Throws a `RangeError` for an endless frame. */
  push(chunk: Uint8Array): void {
    this.#read(this.#decoder.write(chunk));
  }

  /** Hands over a last frame that lacks its blank line, as some servers leave it. */
  end(): void {
    this.#read(this.#decoder.end());
    if (this.#rest !== "") {
      const line = this.#rest;
      this.#rest = "";
      this.#takeLine(line);
    }
    this.#dispatch();
  }

  #read(text: string): void {
    if (text === "") return;
    let start = this.#leadIn(text);
    let lineFeed = text.indexOf("\n", start);
    let carriageReturn = text.indexOf("\r", start);
    while (lineFeed >= 0 || carriageReturn >= 0) {
      const byReturn = lineFeed < 0 || (carriageReturn >= 0 && carriageReturn < lineFeed);
      const end = byReturn ? carriageReturn : lineFeed;
      const line = text.slice(start, end);
      start = end + 1;
      if (byReturn) {
        if (start === text.length) this.#skipLineFeed = true;
        else if (text.charCodeAt(start) === LINE_FEED) start++;
        carriageReturn = text.indexOf("\r", start);
      }
      if (lineFeed >= 0 && lineFeed < start) lineFeed = text.indexOf("\n", start);
      const whole = this.#rest === "" ? line : this.#rest + line;
      this.#rest = "";
      this.#takeLine(whole);
    }
    if (start < text.length) this.#keep(text.slice(start));
  }

  /** Where the text really begins: after a byte order mark, or the `\n` of a `\r\n` that was cut in two. */
  #leadIn(text: string): number {
    let start = 0;
    if (this.#atStart) {
      this.#atStart = false;
      if (text.charCodeAt(0) === BYTE_ORDER_MARK) start = 1;
    }
    if (this.#skipLineFeed) {
      this.#skipLineFeed = false;
      if (text.charCodeAt(0) === LINE_FEED) start = 1;
    }
    return start;
  }

  #keep(text: string): void {
    this.#rest += text;
    if (this.#rest.length + (this.#data?.length ?? 0) > MAX_FRAME_LENGTH) {
      throw new RangeError("A frame of the stream is too long.");
    }
  }

  #takeLine(line: string): void {
    if (line === "") {
      this.#dispatch();
    } else if (line.startsWith("data:")) {
      const value = line.slice(line.charCodeAt(5) === SPACE ? 6 : 5);
      this.#data = this.#data === null ? value : `${this.#data}\n${value}`;
      if (this.#data.length > MAX_FRAME_LENGTH) {
        throw new RangeError("A frame of the stream is too long.");
      }
    } else if (line.startsWith("event:")) {
      this.#event = line.slice(6).trim();
    }
  }

  #dispatch(): void {
    const data = this.#data;
    const event = this.#event;
    this.#data = null;
    this.#event = "";
    if (data !== null) this.#onFrame(data, event);
  }
}
