/** `chatter db backup`, and a server that is started from what it made. */
import { copyFile, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqliteStore } from "../../src/storage/sqlite/open.ts";
import { chain, conversation } from "../conformance/records.ts";
import { Api } from "../support/api.ts";
import { chatter } from "../support/command.ts";
import { openOldDatabase } from "../support/old-database.ts";
import { startServer } from "../support/server.ts";

const TOOL_SERVER = {
  name: "desk",
  url: "https://tools.example.com/mcp",
  headers: { "x-api-key": "s3cret" },
};

describe("chatter db backup", () => {
  let directory: string;
  let dataDir: string;
  let file: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "chatter-backup-"));
    dataDir = join(directory, "data");
    file = join(directory, "backup.db");
    await mkdir(dataDir);
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const backup = (env: Readonly<Record<string, string>> = {}, to = file) =>
    chatter(["db", "backup", "--to", to], { env: { CHATTER_DATA_DIR: dataDir, ...env } });

  it("makes a file, beside a running server, that another server starts from", async () => {
    const server = await startServer({ dataDir });
    const before = new Api(server.url);
    const { conversation_id } = await before.chat("Remember the kettle.");
    await before.send("POST", "/tool-servers", { body: TOOL_SERVER });
    const { code, stdout, stderr } = await backup();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Backed up to .*backup\.db \([\d.]+ MB\), and checked\.\n/);
    expect(stdout).toContain(join(dataDir, "secret.key"));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await before.chat("Too late.", { conversation_id });
    const tools = await (await before.send("GET", "/tool-servers/desk")).json();
    await server.stop();

    const restored = join(directory, "restored");
    await mkdir(restored);
    await copyFile(file, join(restored, "chatter.db"));
    await copyFile(join(dataDir, "secret.key"), join(restored, "secret.key"));
    const later = await startServer({ dataDir: restored });
    const after = new Api(later.url);
    const contents = (await after.messages(conversation_id)).map(({ content }) => content);
    expect(contents).toHaveLength(2);
    expect(contents[0]).toBe("Remember the kettle.");
    expect(await (await after.send("GET", "/tool-servers/desk")).json()).toMatchObject({
      headers: (tools as { headers: unknown }).headers,
    });
    await after.chat("And on.", { conversation_id });
    await later.stop();
  });

  it("is one state of the database, whatever is written meanwhile", async () => {
    const store = await openSqliteStore(dataDir, { exclusive: true });
    const enough = new AbortController();
    const write = async (): Promise<number> => {
      let conversations = 0;
      while (!enough.signal.aborted) {
        // All of a conversation in one transaction: a back-up has all of it, or nothing.
        await store.transaction(async (tx) => void (await chain(tx, await conversation(tx), 20)));
        conversations++;
      }
      return conversations;
    };
    const written = write();
    const { code } = await backup();
    enough.abort();
    const conversationsInAll = await written;
    expect(code).toBe(0);
    await store.close();
    const db = new DatabaseSync(file, { readOnly: true });
    const [counts] = db
      .prepare(
        "select (select count(*) from conversations) as conversations, (select count(*) from messages) as messages",
      )
      .all();
    db.close();
    const conversations = Number(counts?.["conversations"]);
    expect(conversations).toBeGreaterThan(0);
    expect(conversations).toBeLessThanOrEqual(conversationsInAll);
    expect(counts?.["messages"]).toBe(20 * conversations);
  });

  it("leaves the schema as it is: a back-up comes before an upgrade", async () => {
    const old = await openOldDatabase("sqlite");
    expect((await backup(old.env)).code).toBe(0);
    const db = new DatabaseSync(file, { readOnly: true });
    expect(db.prepare("select name from kysely_migration").all()).toEqual([
      { name: "0001-foundation" },
    ]);
    db.close();
    await old.dispose();
  });

  it("overwrites nothing, and leaves nothing behind when it cannot be made", async () => {
    expect((await backup()).stderr).toContain(`There is no database in ${dataDir}`);
    await (await openSqliteStore(dataDir, { exclusive: false })).close();
    await writeFile(file, "precious");
    expect((await backup()).stderr).toContain(`${file} exists`);
    const nowhere = join(directory, "nowhere", "backup.db");
    expect((await backup({}, nowhere)).stderr).toContain("ENOENT");
    // A damaged database makes no back-up that looks well.
    await writeFile(join(dataDir, "chatter.db"), "this is no database at all, only some text");
    const damaged = await backup({}, join(directory, "damaged.db"));
    expect(damaged.code).toBe(1);
    expect((await readdir(directory)).toSorted()).toEqual(["backup.db", "data"]);
  });

  it("is not for PostgreSQL, and says what is", async () => {
    const { code, stderr } = await backup({ DATABASE_URL: "postgres://127.0.0.1:1/db" });
    expect(code).toBe(1);
    expect(stderr).toMatch(/PostgreSQL.*pg_dump.*docs\/operations\/backup\.md/);
  });
});
