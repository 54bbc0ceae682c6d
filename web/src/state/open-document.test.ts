import { expect, test } from "vitest";
import type { Chunk, Client, Document } from "../../../src/client/index.ts";
import { createOpenDocument, isIn } from "./open-document.ts";

const LENGTH = 100;

function chunk(ordinal: number): Chunk {
  const start = ordinal * LENGTH;
  // Each begins within the one before it, as chunks overlap.
  return {
    id: `chk_${ordinal}`,
    ordinal,
    start: Math.max(0, start - 20),
    end: start + LENGTH,
  } as Chunk;
}

const DOCUMENT = { id: "doc", status: "ready" } as Document;

/** A client with a document of as many chunks, and what it was asked. */
function library(count: number): { client: Client; asked: () => number } {
  let asked = 0;
  const client = {
    getDocument: () => Promise.resolve(DOCUMENT),
    listChunks: (_id: string, { cursor, limit }: { cursor: string | null; limit: number }) => {
      asked++;
      const from = Number(cursor ?? 0);
      const to = Math.min(count, from + limit);
      return Promise.resolve({
        data: Array.from({ length: to - from }, (_, index) => chunk(from + index)),
        next_cursor: to < count ? String(to) : null,
      });
    },
  } as unknown as Client;
  return { client, asked: () => asked };
}

test("a passage that was joined is in its chunks, but not in those that only touch it", () => {
  const wanted = { chunkId: "chk_3", start: 280, end: 500 };
  const inside = [1, 2, 3, 4, 5, 6].filter((ordinal) => isIn(chunk(ordinal), wanted));
  expect(inside).toEqual([3, 4]);
});

test("without a wanted passage only the first page is read, and the next when it is asked for", async () => {
  const { client, asked } = library(450);
  const open = createOpenDocument(client, "doc");
  await open.load(null);
  expect(open.state.get()).toMatchObject({ phase: "ready", document: DOCUMENT, nextCursor: "200" });
  await Promise.all([open.loadMore(), open.loadMore()]);
  expect(open.state.get().chunks).toHaveLength(400);
  expect(asked()).toBe(2);
});

test.each([
  ["by its chunk", { chunkId: "chk_250", start: 24_000, end: 25_100 }, 400],
  ["by its place, where the chunk is gone", { chunkId: "gone", start: 25_000, end: 25_090 }, 400],
  ["to the end, where it is nowhere", { chunkId: "gone", start: 900_000, end: 900_001 }, 450],
])("a wanted passage is looked for %s", async (_, wanted, read) => {
  const { client } = library(450);
  const open = createOpenDocument(client, "doc");
  await open.load(wanted);
  expect(open.state.get().chunks).toHaveLength(read);
});

test("what is left is not shown when it comes after all", async () => {
  const { client } = library(10);
  const open = createOpenDocument(client, "doc");
  const loading = open.load(null);
  open.close();
  await loading;
  expect(open.state.get()).toMatchObject({ phase: "loading", chunks: [] });
});
