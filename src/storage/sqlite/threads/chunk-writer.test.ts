/** Batches of several documents in one transaction. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newId } from "../../../workflow/ids.ts";
import type { NewChunk } from "../../../workflow/ports/stores/chunks.ts";
import type { Store } from "../../../workflow/ports/store.ts";
import { openSqliteStore } from "../open.ts";
import { ChunkWriter } from "./chunk-writer.ts";
import { Connection } from "./connection.ts";

let directory: string;
let store: Store;
let connection: Connection;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "chatter-chunks-"));
  store = await openSqliteStore(directory, { exclusive: true });
  const file = join(directory, "chatter.db");
  connection = new Connection(file, { readOnly: false, cacheMegabytes: 8 });
});

afterEach(async () => {
  connection.close();
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

async function newDocument(title: string): Promise<string> {
  const id = newId("doc");
  const none = { collection: "default", mime_type: "text/plain", bytes: 0, url: null };
  await store.documents.create("ada", { id, title, ...none, metadata: {} });
  await store.documents.update("ada", id, { status: "ready", chunks: 1 });
  return id;
}

function chunk(text: string, ordinal = 0): NewChunk {
  const place = { heading: null, page: null, start: 0, end: text.length, tokens: 1 };
  return { id: newId("chk"), ordinal, text, ...place };
}

async function find(query: string): Promise<string[]> {
  const everything = { ownerId: "ada", collections: [], documentIds: null };
  const { signal } = new AbortController();
  const hits = await store.search.lexical(query, everything, 10, signal);
  return hits.map(({ documentId }) => documentId);
}

test("each is stored under its own document and title, and one whose document is gone is not", async () => {
  const [first, second] = [await newDocument("Wings"), await newDocument("Tails")];
  const batches = [
    { ownerId: "ada", documentId: first, chunks: [chunk("of geese"), chunk("of swans", 1)] },
    { ownerId: "ada", documentId: "doc_gone", chunks: [chunk("of nobody")] },
    { ownerId: "eve", documentId: second, chunks: [chunk("of a stranger")] },
    { ownerId: "ada", documentId: second, chunks: [chunk("of cats")] },
  ];
  const stored = new ChunkWriter(connection).insertChunks(batches);
  const idsOf = (index: number) => batches[index]?.chunks.map(({ id }) => id);
  expect(stored).toEqual([idsOf(0), null, null, idsOf(3)]);
  expect(await find("geese")).toEqual([first]);
  expect(await find("wings")).toEqual([first, first]);
  expect(await find("tails")).toEqual([second]);
  expect(await find("nobody stranger")).toEqual([]);
});

test("what was stored before keeps its id beside what is new", async () => {
  const id = await newDocument("Wings");
  const writer = new ChunkWriter(connection);
  const old = chunk("of geese");
  writer.insertChunks([{ ownerId: "ada", documentId: id, chunks: [old] }]);
  const [again, added] = [chunk("of geese"), chunk("of swans", 1)];
  const stored = writer.insertChunks([{ ownerId: "ada", documentId: id, chunks: [again, added] }]);
  expect(stored).toEqual([[old.id, added.id]]);
  expect(await find("geese")).toEqual([id]);
});

test("documents that come in at the same time are stored together, each with its own answer", async () => {
  const documents = await Promise.all(["a", "b", "c", "d", "e"].map(newDocument));
  const insert = (id: string) => store.chunks.insert("ada", id, [chunk(`about ${id.slice(4)}`)]);
  const [gone, ...ids] = await Promise.allSettled(["doc_gone", ...documents].map(insert));
  expect(gone).toMatchObject({
    status: "rejected",
    reason: { message: expect.stringContaining("The document") },
  });
  expect(new Set(ids.flatMap((each) => (each.status === "fulfilled" ? each.value : []))).size).toBe(
    5,
  );
  for (const id of documents) expect(await find(id.slice(4))).toEqual([id]);
  // Two wait while the first is written, and then go together: six batches in fewer commits.
  const pieces = connection.all<{ segid: number }>("select distinct segid from chunk_index_idx");
  expect(pieces.length).toBeGreaterThan(0);
  expect(pieces.length).toBeLessThan(5);
});

test("sixteen pieces of the index become one, not fewer", async () => {
  const pieces = () => connection.all("select distinct segid from chunk_index_idx").length;
  const add = async (count: number): Promise<void> => {
    for (let added = 0; added < count; added++) {
      await store.chunks.insert("ada", await newDocument("Many"), [chunk("of geese")]);
    }
  };
  await add(15);
  expect(pieces()).toBe(15);
  // The last one has waited for the tidying that the sixteenth gave cause for.
  await add(2);
  expect(pieces()).toBe(2);
});
