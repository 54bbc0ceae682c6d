/** Migrations while others start too, and migrations that break off: all of them or nothing, and each once. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Kysely, sql } from "kysely";
import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { openPostgresStore } from "../../src/storage/postgres/open.ts";
import type { Schema } from "../../src/storage/schema.ts";
import { openSqliteStore } from "../../src/storage/sqlite/open.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import { eventually } from "../support/api.ts";
import { ENGINES } from "../support/engines.ts";
import { type OldDatabase, openOldDatabase } from "../support/old-database.ts";
import { createDatabase } from "../support/postgres.ts";

const CLI = join(import.meta.dirname, "..", "..", "dist", "server", "chatter.js");
const TOGETHER = 10;

/** The names of all tables, and every row of those that say which migrations were made. */
async function traces(db: Kysely<Schema>): Promise<unknown> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  const made = await sql`select * from kysely_migration order by name`.execute(db);
  const shapes = tables.map(({ name, columns }) => [name, columns.map((each) => each.name)]);
  return { tables: Object.fromEntries(shapes) as unknown, made: made.rows };
}

/** A conversation with a run, which the second migration changes in its last step. */
async function writeRun(db: Kysely<Schema>): Promise<void> {
  await sql`insert into conversations (id, owner_id, title, metadata, last_seq, message_count, created_at, updated_at)
    values ('conv_1', 'ada', 'Old', '{}', 0, 0, 1, 1)`.execute(db);
  await sql`insert into runs (id, owner_id, conversation_id, user_message_id, branch_id, regenerates, status, attempt,
      crashes, plan, last_seq, created_at)
    values ('run_1', 'ada', 'conv_1', 'msg_1', 'br_1', 0, 'completed', 1, 0, '{"workflow":"plain"}', 0, 1)`.execute(
    db,
  );
}

/** Keeps whoever migrates in the last step of the second migration, when the rest of it is made. */
interface Stall {
  /** Somebody is there. */
  reached(): Promise<boolean>;
  release(): Promise<void>;
}

async function stallSqlite(old: OldDatabase): Promise<Stall> {
  await old.direct((db) =>
    sql`create trigger stall after update on runs begin
      select count(*) from (
        with recursive forever (n) as (select 1 union all select n + 1 from forever) select n from forever
      ); end`.execute(db),
  );
  return {
    reached: async () => {
      const locked = await old
        .direct((db) => sql`begin immediate`.execute(db))
        .then(
          () => false,
          () => true,
        );
      // The lock is taken first; the steps before the last are made in a moment.
      if (locked) await sleep(500);
      return locked;
    },
    release: () => old.direct(async (db) => void (await sql`drop trigger stall`.execute(db))),
  };
}

async function stallPostgres(old: OldDatabase): Promise<Stall> {
  const client = new Client({ connectionString: old.env["DATABASE_URL"] });
  await client.connect();
  await client.query("begin; lock table runs in share mode");
  return {
    reached: async () => {
      const { rows } = await client.query(
        "select 1 from pg_locks where relation = 'runs'::regclass and not granted",
      );
      return rows.length > 0;
    },
    release: () => client.end(),
  };
}

/** Starts a command that opens the database, and so migrates it. */
function startCommand(old: OldDatabase): ChildProcess {
  return spawn(process.execPath, [CLI, "keys", "list"], {
    cwd: tmpdir(),
    env: { PATH: process.env["PATH"], ...old.env },
    stdio: "ignore",
  });
}

describe.each(ENGINES)("migrating on $name", (engine) => {
  let old: OldDatabase;
  const stores: Store[] = [];
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    old = await openOldDatabase(engine.name);
    await old.direct(writeRun);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    for (const store of stores.splice(0)) await store.close();
    await old.dispose();
  });

  test("a process that is killed in the middle leaves nothing of it, and the next ones do it all", async () => {
    const before = await old.direct(traces);
    const stall = await (engine.name === "sqlite" ? stallSqlite(old) : stallPostgres(old));
    const child = startCommand(old);
    children.push(child);
    await eventually("the second migration", () => stall.reached());
    expect(child.exitCode).toBeNull();
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    await stall.release();
    expect(await old.direct(traces)).toEqual(before);

    const opened = await old.open();
    stores.push(opened);
    expect(await opened.runs.get("ada", "run_1")).toMatchObject({
      plan: { workflow: "plain", context_tokens: 16_384 },
    });
  });

  test("a change that fails leaves nothing of those before it, and says so", async () => {
    const before = await old.direct(async (db) => {
      // The name that a later migration wants to give.
      await sql`create table tickets (id text)`.execute(db);
      return traces(db);
    });
    await expect(old.open()).rejects.toThrow("could not be brought to this version");
    expect(await old.direct(traces)).toEqual(before);
    await old.direct((db) => sql`drop table tickets`.execute(db));
    stores.push(await old.open());
  });

  test("a newer database is not written to", async () => {
    await (await old.open()).close();
    const before = await old.direct(async (db) => {
      await sql`insert into kysely_migration (name, timestamp) values ('0999-later', '2027-01-01')`.execute(
        db,
      );
      // Nor is anything added that it may have given up.
      await sql`drop table kysely_migration_lock`.execute(db);
      return traces(db);
    });
    await expect(old.open()).rejects.toThrow(/newer version of Chatter.*0999-later/);
    expect(await old.direct(traces)).toEqual(before);
  });
});

describe("stores that open together", () => {
  const stores: Store[] = [];
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
  });

  /** Returns how many of them can be used. */
  async function openTogether(open: () => Promise<Store>): Promise<number> {
    stores.push(...(await Promise.all(Array.from({ length: TOGETHER }, open))));
    const pages = stores.map((store) => store.conversations.list("nobody", { limit: 1 }));
    return (await Promise.all(pages)).filter(({ data }) => data.length === 0).length;
  }

  async function migrationsIn(url: string): Promise<string[]> {
    const client = new Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query<{ name: string }>("select name from kysely_migration");
    await client.end();
    return rows.map(({ name }) => name);
  }

  test("bring an empty PostgreSQL up to date once", async () => {
    const url = await createDatabase(inject("postgresUrl"));
    const open = () => openPostgresStore(url, { onIdleError: () => {}, maxConnections: 2 });
    expect(await openTogether(open)).toBe(TOGETHER);
    const names = await migrationsIn(url);
    expect(names.length).toBeGreaterThanOrEqual(9);
    expect(new Set(names).size).toBe(names.length);
  });

  test("bring a PostgreSQL of an earlier version up to date once", async () => {
    const old = await openOldDatabase("postgres");
    await old.direct(writeRun);
    expect(await openTogether(() => old.open())).toBe(TOGETHER);
    expect(await stores[0]?.runs.get("ada", "run_1")).toMatchObject({ status: "completed" });
    const names = await migrationsIn(old.env["DATABASE_URL"] ?? "");
    expect(new Set(names).size).toBe(names.length);
  });

  test("go on with the migration of one that was killed while they waited for it", async () => {
    const old = await openOldDatabase("postgres");
    await old.direct(writeRun);
    const stall = await stallPostgres(old);
    const child = startCommand(old);
    await eventually("the second migration", () => stall.reached());
    const opening = openTogether(() => old.open());
    child.kill("SIGKILL");
    await once(child, "exit");
    await stall.release();
    expect(await opening).toBe(TOGETHER);
    expect(await stores[0]?.runs.get("ada", "run_1")).toMatchObject({ status: "completed" });
  });

  test("bring an empty SQLite up to date once", async () => {
    const directory = await mkdtemp(join(tmpdir(), "chatter-together-"));
    try {
      const open = () => openSqliteStore(directory, { exclusive: false });
      expect(await openTogether(open)).toBe(TOGETHER);
      await Promise.all(stores.splice(0).map((store) => store.close()));
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
