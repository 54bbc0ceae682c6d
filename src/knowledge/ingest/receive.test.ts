import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { SourceStore } from "../../workflow/ports/stores/sources.ts";
import { receiveSource } from "./receive.ts";

const PART = 256 * 1024;
const LIMIT = 2 * 1024 * 1024;

/** Keeps parts in memory; fails at the part `failAt`. */
function memorySources(failAt = Number.POSITIVE_INFINITY) {
  const parts: Uint8Array[] = [];
  const sources: SourceStore = {
    write: async (_owner, _document, part, bytes) => {
      if (part === failAt) throw new Error("The disk is full.");
      parts[part] = Buffer.from(bytes);
    },
    read: async function* () {
      yield* parts;
    },
    clear: async () => {
      parts.length = 0;
    },
    sweep: async () => {},
  };
  return { sources, parts };
}

async function* pieces(sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let value = 0;
  for (const size of sizes) yield Buffer.alloc(size, value++ % 251);
}

async function bytesOf(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of content) all.push(piece);
  return Buffer.concat(all);
}

describe("a source that is received", () => {
  it.each([
    ["nothing", []],
    ["one byte", [1]],
    ["less than a part", [100, 200]],
    ["exactly a part", [PART]],
    ["a part and a byte", [PART, 1]],
    ["many small pieces", Array.from({ length: 900 }, () => 1000)],
    ["a piece of several parts", [3 * PART + 17]],
    ["exactly as much as is allowed", [LIMIT]],
  ])("%s: is stored in parts of at most 256 KB, with its size and hash", async (_, sizes) => {
    const { sources, parts } = memorySources();
    const received = await receiveSource(sources, "ann", "doc_1", pieces(sizes), LIMIT);
    const whole = await bytesOf(pieces(sizes));
    expect(Buffer.concat(parts).equals(whole)).toBe(true);
    expect(parts.slice(0, -1).every(({ length }) => length === PART)).toBe(true);
    expect(received).toEqual({
      bytes: whole.length,
      hash: createHash("sha256").update(whole).digest("hex"),
    });
  });

  it("is refused beyond its limit, and nothing of it stays", async () => {
    const { sources, parts } = memorySources();
    const received = receiveSource(sources, "ann", "doc_1", pieces([LIMIT, 1]), LIMIT);
    await expect(received).rejects.toMatchObject({
      code: "PAYLOAD_TOO_LARGE",
      message: expect.stringContaining("2 MB"),
    });
    expect(parts).toEqual([]);
  });

  it("that breaks off, or cannot be stored, leaves nothing", async () => {
    const broken = memorySources();
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield* pieces([PART, PART]);
      throw new Error("The upload broke off.");
    }
    const received = receiveSource(broken.sources, "ann", "doc_1", breaking(), LIMIT);
    await expect(received).rejects.toThrow("broke off");
    expect(broken.parts).toEqual([]);
    const full = memorySources(2);
    const stored = receiveSource(full.sources, "ann", "doc_1", pieces([4 * PART]), LIMIT);
    await expect(stored).rejects.toThrow("disk is full");
    expect(full.parts).toEqual([]);
  });
});
