/**
 * `kill -9` at random points of the reading of documents, each followed by a restart on the same data: every document
 * that was accepted ends `ready`, with each of its passages once.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, inject, it, onTestFailed } from "vitest";
import { Chunk, Document, UploadAnswer } from "../../src/contract/documents.ts";
import { listOf } from "../../src/contract/text.ts";
import { Api, eventually } from "../support/api.ts";
import { createDatabase } from "../support/postgres.ts";
import { type Crashable, startCrashable } from "./support/crashable.ts";
import { chooseCount, chooseSeed, type Random, seeded } from "./support/random.ts";

/** Some 2,000 passages: their reading takes long enough to be hit. */
const PARAGRAPHS = 6000;

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** A text in which no paragraph is like another one, in this document and in others. */
function textOf(number: number): string {
  const paragraphs = Array.from(
    { length: PARAGRAPHS },
    (_, index) =>
      `Document ${number}, paragraph ${index}: the mark of this place is d${number}p${index}. ` +
      "What follows is said in each of them, so that they have some length and some words.",
  );
  return paragraphs.join("\n\n");
}

async function upload(api: Api, number: number): Promise<string> {
  const form = new FormData();
  form.append("file", new Blob([textOf(number)]), `document-${number}.txt`);
  const response = await fetch(api.address("/documents"), { method: "POST", body: form });
  const { data } = UploadAnswer.parse(await response.json());
  return data[0]?.id ?? "";
}

function ready(api: Api, id: string): Promise<Document> {
  return eventually(
    `document ${id}`,
    async () => {
      const document = await api.get(Document, `/documents/${id}`);
      if (document.status === "failed") throw new Error(`${id} failed: ${document.error}`);
      return document.status === "ready" && document;
    },
    120_000,
  );
}

async function allChunks(api: Api, id: string): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const query: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page: { data: Chunk[]; next_cursor: string | null } = await api.get(
      listOf(Chunk),
      `/documents/${id}/chunks?limit=200${query}`,
    );
    chunks.push(...page.data);
    cursor = page.next_cursor;
  }
  return chunks;
}

/** What is wrong with the passages of a document; every paragraph must be in them, and each place once. */
function problemsOf(number: number, document: Document, chunks: readonly Chunk[]): string[] {
  const problems: string[] = [];
  const say = (what: string): void => void problems.push(`document ${number}: ${what}`);
  if (chunks.length !== document.chunks) say(`${chunks.length} passages, not ${document.chunks}`);
  if (chunks.some(({ ordinal }, index) => ordinal !== index)) say("passages out of order");
  if (new Set(chunks.map(({ text }) => text)).size !== chunks.length) say("a passage twice");
  const text = textOf(number);
  let covered = 0;
  for (const chunk of chunks) {
    if (chunk.text !== text.slice(chunk.start, chunk.end)) say(`another text at ${chunk.start}`);
    if (text.slice(covered, chunk.start).trim() !== "") say(`nothing from ${covered} on`);
    covered = Math.max(covered, chunk.end);
  }
  if (text.slice(covered).trim() !== "") say(`nothing from ${covered} to the end`);
  return problems;
}

async function killAll(server: Crashable, random: Random, kills: number) {
  const idle = new Api(server.url());
  const since = performance.now();
  const ids = [await upload(idle, 0)];
  await ready(idle, ids[0] ?? "");
  const usual = performance.now() - since;
  const seen: Record<string, number> = {};
  for (let number = 1; number <= kills; number++) {
    ids.push(await upload(new Api(server.url()), number));
    await sleep(random() * usual);
    const at = await new Api(server.url()).get(Document, `/documents/${ids[number]}`);
    seen[at.status] = (seen[at.status] ?? 0) + 1;
    await server.kill();
    await server.start();
  }
  return { ids, seen };
}

async function runScenario(name: string, env: Readonly<Record<string, string>>, usual: number) {
  const random = seeded(chooseSeed(`kill -9 of the reading of documents, ${name}`));
  const kills = chooseCount("FAULT_INGESTIONS", usual);
  const server = await startCrashable({ upstream: "http://127.0.0.1:9", env });
  cleanups.push(server.dispose);
  onTestFailed(() => console.error(server.output().slice(-20_000)));
  const { ids, seen } = await killAll(server, random, kills);
  const api = new Api(server.url());
  const problems: string[] = [];
  for (const [number, id] of ids.entries()) {
    const document = await ready(api, id);
    problems.push(...problemsOf(number, document, await allChunks(api, id)));
  }
  console.table({ engine: name, kills, "documents when killed": JSON.stringify(seen) });
  await server.stop();
  return problems;
}

it("is survived on SQLite", async () => {
  expect(await runScenario("sqlite", {}, 50)).toEqual([]);
});

it("is survived on PostgreSQL", async () => {
  const url = await createDatabase(inject("postgresUrl"));
  expect(await runScenario("postgres", { DATABASE_URL: url }, 20)).toEqual([]);
});
