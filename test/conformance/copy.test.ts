/** Moving from the embedded store to PostgreSQL: everything goes along, or nothing does. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Kysely, sql } from "kysely";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { createScriptedProvider, textAnswer } from "../../src/providers/scripted.ts";
import { composeTestEngine } from "../../src/runs/testing/engine.ts";
import { openSecretBox } from "../../src/secrets/keys.ts";
import { type CopyOptions, type CopyReport, copyToPostgres } from "../../src/storage/copy/copy.ts";
import { openDatabase, openPostgresStore } from "../../src/storage/postgres/open.ts";
import type { Schema } from "../../src/storage/schema.ts";
import { openSqliteStore } from "../../src/storage/sqlite/open.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import type { ToolServerSettings } from "../../src/workflow/ports/stores/tool-servers.ts";
import { eventually } from "../support/api.ts";
import { fillEveryTable, recordTables } from "../support/every-table.ts";
import { openOldDatabase } from "../support/old-database.ts";
import { createDatabase } from "../support/postgres.ts";
import { angle, filter, never, readyDocument, SPACE } from "./knowledge-records.ts";
import { chain, conversation, OWNER, startedRun } from "./records.ts";

/** What only PostgreSQL has: whoever adds a table says here, and in the copy, what becomes of it. */
const OWN_TABLES = [
  "chunk_index",
  "instances",
  "kysely_migration",
  "kysely_migration_lock",
  "search_statistics",
  "search_terms",
];

const TEXTS = [
  "The kettle whistles when the water boils.",
  "Kettles are made of steel; steel does not rust.",
  "Größe und Gewicht: der Wasserkessel wiegt zwei Kilogramm.",
  "水壶 is a kettle in Chinese.",
];

const SERVER: ToolServerSettings = {
  url: "https://tools.example.com/mcp",
  headers: ["x-api-key"],
  oauth: null,
  effect: null,
  approval: null,
  tools: null,
  enabled: true,
};

let directory: string;
let url: string;
const cleanups: (() => Promise<void>)[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "chatter-copy-"));
  url = await createDatabase(inject("postgresUrl"));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  await rm(directory, { recursive: true, force: true });
});

/** Opens the embedded store, lets `work` fill it, and closes it again. */
async function fill<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openSqliteStore(directory, { exclusive: true });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

function copy(changes: Partial<CopyOptions> = {}): Promise<CopyReport> {
  return copyToPostgres({
    from: directory,
    to: url,
    onProgress: () => {},
    signal: never,
    ...changes,
  });
}

async function openTarget(): Promise<Store> {
  const store = await openPostgresStore(url, { onIdleError: () => {} });
  cleanups.push(() => store.close());
  return store;
}

async function look<T>(work: (db: Kysely<Schema>) => Promise<T>): Promise<T> {
  const db = openDatabase(url, { onIdleError: () => {} });
  try {
    return await work(db);
  } finally {
    await db.destroy();
  }
}

type Row = Readonly<Record<string, unknown>>;

/** Rows in one order and one form, whichever engine they come from. */
function comparable(rows: readonly Row[], without: readonly string[]): string[] {
  return rows
    .map((row) => {
      const entries = Object.entries(row)
        .filter(([name]) => !without.includes(name))
        .map(([name, value]) => [
          name,
          value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value,
        ]);
      return JSON.stringify(entries.toSorted(([a], [b]) => String(a).localeCompare(String(b))));
    })
    .toSorted((a, b) => a.localeCompare(b));
}

/** How many rows PostgreSQL has in the tables that are copied to; none where they are not made yet. */
async function rowsInTarget(): Promise<number> {
  return look(async (db) => {
    const tables = await db.introspection.getTables();
    const counts = tables
      .filter(({ name }) => name !== "search_statistics" && name !== "instances")
      .map(({ name }) =>
        sql<{ n: number }>`select count(*) as n from ${sql.table(name)}`.execute(db),
      );
    const all = await Promise.all(counts);
    return all.reduce((sum, { rows }) => sum + (rows[0]?.n ?? 0), 0);
  });
}

describe("a copy to PostgreSQL", () => {
  it("has every row of every table, as it was", async () => {
    await fill(() => Promise.resolve());
    fillEveryTable(directory, 3);
    const source = new DatabaseSync(join(directory, "chatter.db"), { readOnly: true });
    const tables = recordTables(source);

    const report = await copy();
    expect(report.tables.map(({ name }) => name).toSorted()).toEqual(tables.toSorted());
    for (const { name, rows, leftOut, compared } of report.tables) {
      expect({ name, rows, leftOut, compared }).toEqual({ name, rows: 3, leftOut: 0, compared: 3 });
    }
    await look(async (db) => {
      for (const table of tables) {
        const copied = await sql<Row>`select * from ${sql.table(table)}`.execute(db);
        const rows = source.prepare(`select * from ${table}`).all();
        const own = table === "chunk_vectors" ? ["number", "signature"] : [];
        expect(comparable(copied.rows, own), table).toEqual(comparable(rows, own));
      }
      const present = await db.introspection.getTables({ withInternalKyselyTables: true });
      const others = present.map(({ name }) => name).filter((name) => !tables.includes(name));
      expect(others.toSorted()).toEqual(OWN_TABLES);
    });
    source.close();
  });

  it("is searched as its source was, and as if everything had been stored there", async () => {
    const store = async (target: Store): Promise<string[]> => {
      const { id, ids } = await readyDocument(target, TEXTS, { title: "Of kettles" });
      const vectors = new Map(ids.map((chunk, index) => [chunk, angle(index * 30)]));
      await target.vectors.insert(OWNER, id, SPACE, vectors);
      return ids;
    };
    const search = async (target: Store, ids: readonly string[]): Promise<unknown> => {
      const questions = ["kettle", "steel kettles", "grosse wasserkessel", "水壶", "of"];
      const lexical = questions.map((question) =>
        target.search.lexical(question, filter(), 10, never),
      );
      const near = target.search.vector(SPACE, angle(40), filter(), 3, never);
      const found = await Promise.all([...lexical, near]);
      return found.map((hits) =>
        hits.map(({ chunkId }) => ids.indexOf(chunkId)).toSorted((a, b) => a - b),
      );
    };
    const index = (db: Kysely<Schema>) =>
      sql`select number, owner_id, length, words from chunk_index order by number`.execute(db);

    const [ids, before] = await fill(async (source) => {
      const stored = await store(source);
      return [stored, await search(source, stored)] as const;
    });
    await copy();
    const target = await openTarget();
    expect(await search(target, ids)).toEqual(before);
    const copied = await look(async (db) => ({
      index: (await index(db)).rows,
      terms: (await sql`select * from search_terms order by word`.execute(db)).rows,
      statistics: (
        await sql`select chunks, average_length, changes from search_statistics`.execute(db)
      ).rows,
      signatures: (await sql`select chunk, signature from chunk_vectors order by chunk`.execute(db))
        .rows,
    }));
    expect(copied.terms.length).toBeGreaterThan(10);
    expect(copied.statistics).toEqual([
      { chunks: 4, average_length: expect.any(Number) as number, changes: 0 },
    ]);

    url = await createDatabase(inject("postgresUrl"));
    await store(await openTarget());
    await look(async (db) => {
      expect((await index(db)).rows).toEqual(copied.index);
      const signatures = sql`select chunk, signature from chunk_vectors order by chunk`.execute(db);
      expect((await signatures).rows).toEqual(copied.signatures);
    });
  });

  it("goes on where the source was left: runs, numbers, secrets", async () => {
    const secretBox = openSecretBox([], directory);
    const [run, conversationId] = await fill(async (store) => {
      await readyDocument(store, TEXTS);
      const id = await conversation(store, "Before");
      await chain(store, id, 4);
      const secrets = await secretBox.seal("a token", "server:desk");
      await store.toolServers.create("desk", { settings: SERVER, secrets });
      // Its instance ended without giving it back.
      return [await startedRun(store, { instance_id: "gone" }), id] as const;
    });
    const report = await copy();
    expect(report.sealedSecrets).toBe(1);

    const target = await openTarget();
    expect(await target.conversations.get(OWNER, conversationId)).toMatchObject({
      title: "Before",
    });
    const provider = createScriptedProvider(() => textAnswer("Still here."));
    const workflow = composeTestEngine(target, { provider });
    await workflow.start();
    await eventually("the end of the run", async () => {
      return (await target.runs.get(OWNER, run.id))?.status === "completed";
    });
    await workflow.stop();
    expect(workflow.failures).toEqual([]);

    // The numbers of chunks go on after those that were copied.
    const { ids } = await readyDocument(target, ["A later kettle."]);
    const hits = await target.search.lexical("later", filter(), 10, never);
    expect(hits.map(({ chunkId }) => chunkId)).toEqual(ids);

    const key = Buffer.from(await readFile(join(directory, "secret.key"), "utf8"), "base64");
    const [server] = await look((db) => db.selectFrom("tool_servers").selectAll().execute());
    const opened = openSecretBox([key], null).open(server?.secrets ?? "", "server:desk");
    expect(await opened).toBe("a token");
  });

  it("leaves out the chunks of a deleted document, which nobody had cleared yet", async () => {
    const kept = await fill(async (store) => {
      const gone = await readyDocument(store, TEXTS);
      const vectors = new Map(gone.ids.map((id) => [id, angle(10)]));
      await store.vectors.insert(OWNER, gone.id, SPACE, vectors);
      await store.documents.delete(OWNER, gone.id);
      return readyDocument(store, ["A kettle that stays."]);
    });
    const { tables } = await copy();
    expect(tables.find(({ name }) => name === "chunks")).toMatchObject({ rows: 1, leftOut: 4 });
    expect(tables.find(({ name }) => name === "chunk_vectors")).toMatchObject({
      rows: 0,
      leftOut: 4,
    });
    const hits = await (await openTarget()).search.lexical("kettle", filter(), 10, never);
    expect(hits.map(({ chunkId }) => chunkId)).toEqual(kept.ids);
  });

  it("says how far it is, row by row, up to the end", async () => {
    await fill(() => Promise.resolve());
    fillEveryTable(directory, 2);
    const seen: [string, number, number][] = [];
    let whole = [0, 0];
    await copy({
      onProgress: ({ part, done, total, doneOfAll, totalOfAll }) => {
        seen.push([part, done, total]);
        whole = [doneOfAll, totalOfAll];
      },
    });
    expect(seen).toContainEqual(["messages", 0, 2]);
    expect(seen).toContainEqual(["messages", 2, 2]);
    expect(seen.at(-1)).toEqual(["words of chunks", 2, 2]);
    expect(whole[0]).toBe(whole[1]);
  });
});

describe("a copy that cannot be made", () => {
  beforeEach(() => fill(async (store) => void (await chain(store, await conversation(store), 5))));

  it("is refused by a target that is not empty, with what is there, also one of an older version", async () => {
    const target = await openTarget();
    await conversation(target, "Theirs");
    await conversation(target, "Theirs too");
    await expect(copy()).rejects.toMatchObject({
      code: "WORKFLOW_CONFIG_ERROR",
      message: expect.stringMatching(/not empty.*conversations \(2\)\. Name another one/) as string,
    });
    const old = await openOldDatabase("postgres");
    await old.direct((db) =>
      sql`insert into instances (id, expires_at) values ('i', ${Date.now() + 60_000})`.execute(db),
    );
    await expect(copy({ to: old.env["DATABASE_URL"] ?? "" })).rejects.toThrow(/running server/);
    const made = await old.direct((db) => sql`select name from kysely_migration`.execute(db));
    expect(made.rows).toEqual([{ name: "0001-foundation" }]);
  });

  it("is refused while a server uses the source, or where there is none", async () => {
    await fill(async () => {
      await expect(copy()).rejects.toThrow(/Another Chatter server is using/);
    });
    await expect(copy({ from: join(directory, "nothing") })).rejects.toThrow(
      /There is no database in .*nothing.*--from/,
    );
    expect((await copy()).tables.length).toBeGreaterThan(0);
  });

  it("is refused by a source of another version, which stays as it is", async () => {
    const old = await openOldDatabase("sqlite");
    cleanups.push(() => old.dispose());
    const from = old.env["CHATTER_DATA_DIR"] ?? "";
    await expect(copy({ from })).rejects.toThrow(
      /lacks changes.*0002-workflows.*chatter db migrate/,
    );
    const names = () => old.direct((db) => sql`select name from kysely_migration`.execute(db));
    expect((await names()).rows).toEqual([{ name: "0001-foundation" }]);
    await old.direct((db) =>
      sql`insert into kysely_migration (name, timestamp) values ('0999-later', '2027-01-01')`.execute(
        db,
      ),
    );
    await expect(copy({ from })).rejects.toThrow(/newer version of Chatter/);
    expect(await rowsInTarget()).toBe(0);
  });

  it("leaves nothing behind when it is interrupted, and can be begun again", async () => {
    const stop = new AbortController();
    const onProgress = ({ part, done }: { part: string; done: number }): void => {
      if (part === "messages" && done === 5) stop.abort(new Error("That is enough."));
    };
    await expect(copy({ onProgress, signal: stop.signal })).rejects.toThrow("That is enough.");
    expect(await rowsInTarget()).toBe(0);
    await copy();
    expect(await rowsInTarget()).toBe(6);
  });

  it("leaves nothing behind when PostgreSQL does not take a row, and names its table", async () => {
    const source = new DatabaseSync(join(directory, "chatter.db"));
    source.exec("update messages set content = 'a' || char(0) || 'b' where seq = 3");
    source.close();
    await expect(copy()).rejects.toThrow("Rows of messages could not be copied");
    expect(await rowsInTarget()).toBe(0);
  });

  it.each([
    ["loses rows", "if new.seq = 2 then return null; end if;", /4 of 5 rows, 4 of 5 samples/],
    [
      "changes values",
      "if new.seq = 2 then new.comment = 'x'; end if;",
      /5 of 5 rows, 4 of 5 samples/,
    ],
  ])("is found out when the target %s", async (_, body, reason) => {
    await (await openTarget()).ping();
    await look(async (db) => {
      await sql`create function spoil() returns trigger language plpgsql as ${sql.lit(
        `begin ${body} return new; end`,
      )}`.execute(db);
      await sql`create trigger spoil before insert on messages for each row execute function spoil()`.execute(
        db,
      );
    });
    await expect(copy()).rejects.toThrow(reason);
    expect(await rowsInTarget()).toBe(0);
  });

  it("gives up when others write to the target", async () => {
    await openTarget();
    await look((db) =>
      db.transaction().execute(async (tx) => {
        await sql`insert into limits (key, points, expires_at) values ('k', 1, 1)`.execute(tx);
        await expect(copy()).rejects.toThrow(/Another program writes to the database/);
        await sql`delete from limits`.execute(tx);
      }),
    );
  });
});

it("lets those wait who come to write while it copies", async () => {
  await fill(async (store) => void (await chain(store, await conversation(store), 3)));
  const target = await openTarget();
  const order: string[] = [];
  let writing: Promise<void> | null = null;
  await copy({
    onProgress: ({ part, done, total }) => {
      if (part === "messages") {
        writing ??= target.instances
          .register("early", 60_000)
          .then(() => void order.push("the server"));
      }
      if (part === "words of chunks" && done === total) order.push("the last rows");
    },
  });
  await eventually("the server", () => order.length === 2);
  expect(order).toEqual(["the last rows", "the server"]);
});
