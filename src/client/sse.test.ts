import { describe, expect, test } from "vitest";
import { type Frame, FrameParser, readFrames } from "./sse.ts";

const text = [
  ": a comment\r\n\r\n",
  'id: 1.1\r\nevent: token\r\ndata: {"a":"ü😀"}\r\n\r\n',
  "id: 1.2\nevent: token\ndata: first\ndata: second\n\n",
  "data:no space\rid:1.3\r\r",
  "retry: 5\nunknown: x\nfield\n\n",
  "id: 1.4\ndata: last\n\n",
].join("");

const expected: Frame[] = [
  { id: "1.1", event: "token", data: '{"a":"ü😀"}' },
  { id: "1.2", event: "token", data: "first\nsecond" },
  { id: "1.3", event: "message", data: "no space" },
  { id: "1.4", event: "message", data: "last" },
];

async function framesOf(chunks: readonly Uint8Array[]): Promise<Frame[]> {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  const found: Frame[] = [];
  for await (const frame of readFrames(body, () => undefined)) found.push(frame);
  return found;
}

describe("frames are the same wherever the bytes are cut", () => {
  const bytes = new TextEncoder().encode(text);

  test("at every single byte", async () => {
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(await framesOf([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(expected);
    }
  });

  test("byte by byte", async () => {
    expect(await framesOf(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(expected);
  });
});

describe("edges", () => {
  test("a byte order mark before the first line is no part of it", () => {
    expect(new FrameParser().push("\uFEFFdata: x\n\n")).toEqual([
      { id: null, event: "message", data: "x" },
    ]);
  });

  test("a frame without its blank line is not delivered", async () => {
    expect(await framesOf([new TextEncoder().encode("id: 1.1\ndata: cut off\n")])).toEqual([]);
  });

  test("an id does not spill over into the next frame", () => {
    expect(new FrameParser().push("id: 1.1\ndata: a\n\ndata: b\n\n")[1]?.id).toBeNull();
  });
});
