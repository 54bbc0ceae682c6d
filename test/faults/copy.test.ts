/**
 * `chatter db copy` of a database of some size: 100,000 messages, 10,000 chunks with vectors. Killed in the middle, it leaves the
 * target empty; then it copies everything, in memory that does not grow with the database.
 */
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import { Client } from "pg";
import { afterEach, expect, inject, it } from "vitest";
import { openPostgresStore } from "../../src/storage/postgres/open.ts";
import { openSqliteStore } from "../../src/storage/sqlite/open.ts";
import type { NewChunk } from "../../src/workflow/ports/stores/chunks.ts";
import type { EmbeddingSpace, Vector } from "../../src/workflow/ports/stores/vectors.ts";
import { newId } from "../../src/workflow/ids.ts";
import { eventually } from "../support/api.ts";
import { createDatabase } from "../support/postgres.ts";
import { chooseCount, chooseSeed, type Random, seeded } from "./support/random.ts";

const CLI = join(import.meta.dirname, "..", "..", "dist", "server", "chatter.js");
const OWNER = "ada";
const MESSAGES = chooseCount("COPY_MESSAGES", 100_000);
const CHUNKS = chooseCount("COPY_CHUNKS", 10_000);
const PER_CONVERSATION = 50;
const PER_DOCUMENT = 250;
const SPACE: EmbeddingSpace = { provider: "test", model: "m", dimensions: 384, version: 1 };
const MEGABYTE = 1024 * 1024;
/** Node itself, both drivers, and a few batches. */
const MOST_MEMORY = 400 * MEGABYTE;

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

function textOf(random: Random, words: number): string {
  return Array.from({ length: words }, () => `word${Math.floor(random() ** 3 * 5000)}`).join(" ");
}

function writeMessages(directory: string, random: Random): void {
  const db = new DatabaseSync(join(directory, "chatter.db"));
  db.exec("begin");
  const conversation = db.prepare(`insert into conversations
    (id, owner_id, title, metadata, last_seq, message_count, created_at, updated_at, workflow_config)
    values (?, ?, ?, '{}', ?, ?, ?, ?, '{}')`);
  const message = db.prepare(`insert into messages
    (id, owner_id, conversation_id, seq, parent_id, branch_id, role, content, status, metadata, created_at)
    values (?, ?, ?, ?, ?, 'br_1', ?, ?, 'complete', '{}', ?)`);
  const time = Date.parse("2026-01-02T03:04:05.678Z");
  for (let n = 0; n < MESSAGES; n += PER_CONVERSATION) {
    const id = newId("conv");
    conversation.run(id, OWNER, `Title ${n}`, PER_CONVERSATION, PER_CONVERSATION, time, time + n);
    let parent: string | null = null;
    for (let seq = 1; seq <= PER_CONVERSATION; seq++) {
      const own = newId("msg");
      const role = seq % 2 === 1 ? "user" : "assistant";
      message.run(own, OWNER, id, seq, parent, role, `${textOf(random, 60)} é 🎈`, time + n + seq);
      parent = own;
    }
  }
  db.exec("commit");
  db.close();
}

function vectorOf(random: Random): Vector {
  const values = Float32Array.from({ length: SPACE.dimensions }, () => random() - 0.5);
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

async function writeDocuments(directory: string, random: Random): Promise<void> {
  const store = await openSqliteStore(directory, { exclusive: true });
  for (let n = 0; n < CHUNKS; n += PER_DOCUMENT) {
    const source = { mime_type: "text/plain", bytes: 100_000, metadata: {}, url: null };
    const id = newId("doc");
    await store.documents.create(OWNER, { id, title: `Of ${n}`, collection: "c", ...source });
    const chunks = Array.from({ length: PER_DOCUMENT }, (_, ordinal): NewChunk => {
      const place = { page: 1, start: ordinal * 1000, end: ordinal * 1000 + 900, tokens: 200 };
      return { id: newId("chk"), ordinal, text: textOf(random, 150), heading: null, ...place };
    });
    const ids = await store.chunks.insert(OWNER, id, chunks);
    const vectors = new Map(ids.map((chunk) => [chunk, vectorOf(random)]));
    await store.vectors.insert(OWNER, id, SPACE, vectors);
    await store.sources.write(OWNER, id, 0, randomBytes(100_000));
    await store.documents.update(OWNER, id, { status: "ready", chunks: PER_DOCUMENT });
  }
  await store.close();
}

interface Copy {
  readonly code: number | null;
  readonly output: string;
  readonly seconds: number;
  /** The most memory that it ever had, in bytes. */
  readonly peak: number;
}

/** Runs the command; `until` kills it, as nothing else can be, as soon as what it has printed fits. */
async function copy(from: string, to: string, until?: (output: string) => boolean): Promise<Copy> {
  const since = performance.now();
  const child = spawn(process.execPath, [CLI, "db", "copy", "--from", from], {
    cwd: tmpdir(),
    env: { PATH: process.env["PATH"], DATABASE_URL: to },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const hear = (text: string): void => {
    output += text;
    if (until?.(output)) child.kill("SIGKILL");
  };
  child.stdout.setEncoding("utf8").on("data", hear);
  child.stderr.setEncoding("utf8").on("data", hear);
  let peak = 0;
  const look = setInterval(() => {
    readFile(`/proc/${child.pid}/status`, "utf8").then(
      (status) => {
        peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024);
      },
      () => {},
    );
  }, 50);
  await once(child, "close");
  clearInterval(look);
  return { code: child.exitCode, output, seconds: (performance.now() - since) / 1000, peak };
}

/** Counts a table, and hashes its rows in the order of a key that both engines sort alike. */
function digest(rows: readonly Readonly<Record<string, SQLOutputValue>>[]): string {
  const hash = createHash("sha256");
  for (const row of rows) {
    const values = Object.values(row).map((value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString("hex") : String(value),
    );
    hash.update(JSON.stringify(values));
  }
  return `${rows.length} rows, ${hash.digest("hex")}`;
}

const DIGESTS = [
  `select id, owner_id, title, last_seq, created_at from conversations order by id`,
  `select id, conversation_id, seq, parent_id, role, content, created_at from messages order by id`,
  `select number, id, document_id, ordinal, text from chunks order by number`,
  `select chunk, space, vector from chunk_vectors order by chunk`,
  `select document_id, part, bytes from document_parts order by document_id`,
];

it("copies 100,000 messages and 10,000 chunks, and leaves nothing when it is killed", async () => {
  const random = seeded(chooseSeed("chatter db copy"));
  const directory = await mkdtemp(join(tmpdir(), "chatter-large-"));
  cleanups.push(() => rm(directory, { recursive: true, force: true }));
  await writeDocuments(directory, random);
  writeMessages(directory, random);
  const { size } = await stat(join(directory, "chatter.db"));
  const url = await createDatabase(inject("postgresUrl"));
  const client = new Client({ connectionString: url });
  await client.connect();
  cleanups.push(() => client.end());
  const count = async (table: string): Promise<number> =>
    Number((await client.query<{ n: string }>(`select count(*) as n from ${table}`)).rows[0]?.n);

  const killed = await copy(directory, url, (output) => output.includes("messages: "));
  expect(killed.code).toBeNull();
  // The database learns of it with the next statement that it was to answer, and forgets everything.
  await eventually("the end of what was killed", async () => {
    const { rows } = await client.query(
      "select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'",
    );
    return rows.length === 0;
  });
  for (const table of ["conversations", "messages", "chunks"]) expect(await count(table)).toBe(0);

  const whole = await copy(directory, url);
  console.table({
    "messages, chunks": `${MESSAGES}, ${CHUNKS}`,
    "database (MB)": Math.round(size / MEGABYTE),
    "copied in (s)": whole.seconds.toFixed(1),
    "most memory (MB)": Math.round(whole.peak / MEGABYTE),
  });
  expect(whole.code, whole.output).toBe(0);
  expect(whole.output).toContain("counts of all tables are equal");
  expect(await count("messages")).toBe(MESSAGES);
  expect(await count("chunk_index")).toBe(CHUNKS);
  const source = new DatabaseSync(join(directory, "chatter.db"), { readOnly: true });
  for (const query of DIGESTS) {
    const { rows } = await client.query<Record<string, SQLOutputValue>>(query);
    expect(digest(rows), query).toBe(digest(source.prepare(query).all()));
  }
  source.close();
  expect(whole.peak).toBeLessThan(MOST_MEMORY);

  const store = await openPostgresStore(url, { onIdleError: () => {} });
  cleanups.push(() => store.close());
  const filter = { ownerId: OWNER, collections: [], documentIds: null };
  const { signal } = new AbortController();
  expect(await store.search.lexical("word17 word170", filter, 10, signal)).toHaveLength(10);
  expect(await store.search.vector(SPACE, vectorOf(random), filter, 10, signal)).toHaveLength(10);
});
