/** What a large store does to stay fast: only its rarest words find, and the others still count. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../../../workflow/ids.ts";
import type { Store } from "../../../workflow/ports/store.ts";
import { openSqliteStore } from "../open.ts";
import { Connection } from "./connection.ts";
import { LexicalSearch } from "./lexical.ts";

let directory: string;
let store: Store;
let connection: Connection;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "chatter-lexical-"));
  store = await openSqliteStore(directory, { exclusive: true });
  connection = new Connection(join(directory, "chatter.db"), { readOnly: true, cacheMegabytes: 8 });
  const id = newId("doc");
  const none = { title: "", collection: "default", mime_type: "text/plain", bytes: 0, url: null };
  await store.documents.create("ada", { id, ...none, metadata: {} });
  const texts = Array.from({ length: 3100 }, (_, index) => {
    if (index % 310 === 0)
      return index % 620 === 0 ? "rare common and long text" : "rare and long text";
    return index % 4 === 0 ? "common" : "usual";
  });
  await store.chunks.insert(
    "ada",
    id,
    texts.map((text, ordinal) => {
      const place = { heading: null, page: null, start: 0, end: 1, tokens: 1 };
      return { id: newId("chk"), ordinal, text, ...place };
    }),
  );
  await store.documents.update("ada", id, { status: "ready" });
});

afterAll(async () => {
  connection.close();
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

async function textsOf(search: LexicalSearch, query: string, limit: number): Promise<string[]> {
  const filter = { ownerId: "ada", collections: [], documentIds: null };
  const hits = search.search({ query, filter, limit });
  const chunks = await store.chunks.get(
    "ada",
    hits.map(({ chunkId }) => chunkId),
  );
  return chunks.map(({ text }) => text);
}

test("a common word finds nothing beside a rare one, but raises what that found", async () => {
  const pruned = await textsOf(new LexicalSearch(connection, 100), "rare common", 50);
  expect(pruned).toEqual([
    ...Array.from({ length: 5 }, () => "rare common and long text"),
    ...Array.from({ length: 5 }, () => "rare and long text"),
  ]);
  const whole = await textsOf(new LexicalSearch(connection), "rare common", 50);
  expect(whole).toHaveLength(50);
  expect(whole.slice(0, 10)).toEqual(pruned);
});

test("the rarest word finds, however common it is", async () => {
  for (const query of ["common usual", "usual common"]) {
    const found = await textsOf(new LexicalSearch(connection, 100), query, 4000);
    expect(found.length).toBeGreaterThan(700);
    expect(found.every((text) => text.includes("common"))).toBe(true);
  }
});
