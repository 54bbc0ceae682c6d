/** What the machine can do at best: the same texts into the engine's own index, with nothing of ours around it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { slices } from "../../src/storage/slices.ts";
import { watchBlocked } from "./blocked.ts";

/** Rows of a transaction. */
const BATCH = 200;
const IDLE_MS = 3000;

/** Texts a second. */
export type RawInsert = (texts: readonly string[]) => Promise<number>;

/** One table of texts and one of FTS5, on one connection. */
export async function rawSqlite(texts: readonly string[]): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), "chatter-raw-"));
  const db = new DatabaseSync(join(directory, "raw.db"));
  try {
    db.exec(`pragma journal_mode = wal; pragma synchronous = full;
      create table texts (number integer primary key, text text);
      create virtual table words using fts5(text, content='', tokenize = "porter unicode61")`);
    const addText = db.prepare("insert into texts (text) values (?)");
    const addWords = db.prepare("insert into words (rowid, text) values (?, ?)");
    const since = performance.now();
    for (const batch of slices(texts, BATCH)) {
      db.exec("begin");
      const numbers = batch.map((text) => addText.run(text).lastInsertRowid);
      for (const [index, text] of batch.entries()) addWords.run(numbers[index] ?? 0, text);
      db.exec("commit");
    }
    return (texts.length / (performance.now() - since)) * 1000;
  } finally {
    db.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** One table of texts and their words with a GIN index, on one connection. */
export async function rawPostgres(url: string, texts: readonly string[]): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("create table raw (text text, words tsvector)");
    await client.query("create index on raw using gin (words)");
    const since = performance.now();
    for (const batch of slices(texts, BATCH)) {
      await client.query(
        `insert into raw select given, to_tsvector('pg_catalog.english', given)
         from unnest($1::text[]) as given`,
        [batch],
      );
    }
    return (texts.length / (performance.now() - since)) * 1000;
  } finally {
    await client.end();
  }
}

/** How long the event loop is held up at a time when nothing happens, in milliseconds: by the machine alone. */
export async function idleBlocked(): Promise<number> {
  const { blocked } = await watchBlocked(() => sleep(IDLE_MS));
  return blocked.longest;
}
