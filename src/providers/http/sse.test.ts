import { describe, expect, it } from "vitest";
import { SseParser } from "./sse.ts";

/** The frames of a stream that arrives in these chunks. */
function parse(...chunks: (string | Uint8Array)[]): string[] {
  const frames: string[] = [];
  const parser = new SseParser((data, event) => frames.push(event ? `${event}|${data}` : data));
  for (const chunk of chunks) parser.push(Buffer.from(chunk as string));
  parser.end();
  return frames;
}

describe("SseParser", () => {
  it("reads frames that end in any kind of line end", () => {
    expect(parse("data: a\n\ndata: b\r\n\r\ndata: c\r\rdata: d\n\n")).toEqual(["a", "b", "c", "d"]);
  });

  it("joins several data lines, and takes at most one space after the colon", () => {
    expect(parse("data: a\ndata:  b\ndata:c\ndata:\n\n")).toEqual(["a\n b\nc\n"]);
  });

  it("skips comments, ids and frames without data", () => {
    expect(
      parse(": OPENROUTER PROCESSING\n\nid: 1\nretry: 5\n\nevent: ping\n\ndata: a\n\n"),
    ).toEqual(["a"]);
  });

  it("hands over the name of an event, once", () => {
    expect(parse("event: error\ndata: a\n\ndata: b\n\n")).toEqual(["error|a", "b"]);
  });

  it("reads the last frame without its blank line", () => {
    expect(parse("data: a\n\ndata: [DONE]")).toEqual(["a", "[DONE]"]);
  });

  it("skips a byte order mark", () => {
    expect(parse("\ufeffdata: a\n\n")).toEqual(["a"]);
  });

  it.each(["\n", "\r\n", "\r"])("gives the same frames wherever the bytes are cut (%j)", (eol) => {
    const text = ['data: {"text":"Grüße, 你好 🌍"}', "", ": c", "data: x", "data: y", "", ""].join(
      eol,
    );
    const bytes = Buffer.from(text);
    const whole = parse(bytes);
    expect(whole).toEqual(['{"text":"Grüße, 你好 🌍"}', "x\ny"]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(parse(bytes.subarray(0, cut), bytes.subarray(cut))).toEqual(whole);
    }
    expect(parse(...Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(whole);
  });

  it("refuses a frame without end", () => {
    const parser = new SseParser(() => undefined);
    const piece = Buffer.alloc(1024 * 1024, "x");
    expect(() => {
      for (let at = 0; at < 20; at++) parser.push(piece);
    }).toThrow(RangeError);
  });
});
