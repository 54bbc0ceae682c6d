import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Kysely, sql } from "kysely";
import { afterEach, expect, it } from "vitest";
import { CommitFlush } from "./commit-flush.ts";
import { NodeSqliteDialect } from "./driver.ts";

interface Tables {
  notes: { text: string };
}

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

function openNotes(flush: () => Promise<void>): Kysely<Tables> {
  const directory = mkdtempSync(join(tmpdir(), "chatter-flush-"));
  const connection = new DatabaseSync(join(directory, "notes.db"));
  connection.exec("pragma journal_mode = wal; create table notes (text text)");
  const commits = new CommitFlush(connection);
  commits.start(flush);
  const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect(connection, commits) });
  cleanups.push(async () => {
    await db.destroy();
    rmSync(directory, { recursive: true });
  });
  return db;
}

function addNote(db: Kysely<Tables>, text: string): Promise<unknown> {
  return db.insertInto("notes").values({ text }).execute();
}

it("answers for a commit when it is on the disk, and lets the event loop go on meanwhile", async () => {
  const flush = Promise.withResolvers<void>();
  const db = openNotes(() => flush.promise);
  let answered = false;
  const adding = addNote(db, "one").then(() => (answered = true));
  let read = false;
  const reading = db
    .selectFrom("notes")
    .selectAll()
    .execute()
    .then(() => (read = true));
  for (let turn = 0; turn < 20; turn++) await nextTurn();
  expect({ answered, read }).toEqual({ answered: false, read: false });
  flush.resolve();
  await Promise.all([adding, reading]);
});

it("flushes once for a transaction, and not at all for what only reads", async () => {
  let flushes = 0;
  const db = openNotes(async () => void flushes++);
  await db.transaction().execute(async (tx) => {
    await addNote(tx, "one");
    await addNote(tx, "two");
    expect(flushes).toBe(0);
  });
  expect(flushes).toBe(1);
  await db.selectFrom("notes").selectAll().execute();
  await db.transaction().execute((tx) => tx.selectFrom("notes").selectAll().execute());
  expect(flushes).toBe(1);
});

it("leaves the waiting to the flush", async () => {
  const db = openNotes(async () => {});
  const { rows } = await sql`pragma synchronous`.execute(db);
  expect(rows).toEqual([{ synchronous: 1 }]);
});

it("does nothing more after the disk has refused once, whatever it says later", async () => {
  let broken = true;
  const db = openNotes(async () => {
    if (broken) throw new Error("EIO");
  });
  const refusal = { code: "UNAVAILABLE", message: expect.stringContaining("Look at the disk") };
  await expect(addNote(db, "one")).rejects.toMatchObject(refusal);
  broken = false;
  await expect(addNote(db, "two")).rejects.toMatchObject(refusal);
  await expect(db.selectFrom("notes").selectAll().execute()).rejects.toMatchObject(refusal);
});

it("says why a transaction failed whose commit the disk refused", async () => {
  const db = openNotes(() => Promise.reject(new Error("EIO")));
  const adding = db.transaction().execute((tx) => addNote(tx, "one"));
  await expect(adding).rejects.toMatchObject({ code: "UNAVAILABLE" });
});
