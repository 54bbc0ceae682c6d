/** The wall in PostgreSQL between owners: also a statement that forgets the owner sees nothing of others. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { openPostgresStore } from "../../src/storage/postgres/open.ts";
import { OWNED } from "../../src/storage/postgres/row-security.ts";
import { ROOT } from "../../src/version.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import { createDatabase } from "../support/postgres.ts";

async function open(): Promise<{ store: Store; url: string }> {
  const url = await createDatabase(inject("postgresUrl"));
  const store = await openPostgresStore(url, { onIdleError: () => undefined, maxConnections: 1 });
  onTestFinished(() => store.close());
  return { store, url };
}

/** How many rows PostgreSQL thinks a statement finds. */
async function estimate(client: Client, statement: string): Promise<number> {
  const { rows } = await client.query(`explain (format json) ${statement}`);
  return rows[0]["QUERY PLAN"][0].Plan["Plan Rows"];
}

describe("the wall", () => {
  it("hides nothing from the planner: it reckons with half of an owner's rows at least", async () => {
    const { url } = await open();
    const client = new Client({ connectionString: url });
    await client.connect();
    onTestFinished(() => client.end());
    await client.query(`
      insert into conversations (id, owner_id, title, metadata, last_seq, message_count, created_at, updated_at)
      select 'conv_' || n, 'ann', '', '{}', 0, 0, 0, 0 from generate_series(1, 1000) as n`);
    await client.query("analyze conversations");
    const mine = "select * from conversations where owner_id = 'ann'";
    expect(await estimate(client, mine)).toBeGreaterThanOrEqual(500);
    await client.query("select set_config('chatter.owner', 'bob', false)");
    expect((await client.query(mine)).rows).toEqual([]);
  });
});

describe("rows of others", () => {
  it("are not there for a statement of one owner, whatever it asks for", async () => {
    const { store, url } = await open();
    await store.conversations.create("ann", { id: "conv_a", title: "Ann's" });
    await store.conversations.create("bob", { id: "conv_b", title: "Bob's" });
    const client = new Client({ connectionString: url });
    await client.connect();
    onTestFinished(() => client.end());
    const titles = async (): Promise<string[]> => {
      const { rows } = await client.query("select title from conversations order by title");
      return rows.map(({ title }) => title);
    };
    expect(await titles()).toEqual(["Ann's", "Bob's"]);
    await client.query("select set_config('chatter.owner', 'bob', false)");
    expect(await titles()).toEqual(["Bob's"]);
    const { rowCount } = await client.query("update conversations set title = 'mine'");
    expect(rowCount).toBe(1);
    await expect(
      client.query("update conversations set owner_id = 'ann' where id = 'conv_b'"),
    ).rejects.toThrow("row-level security");
    expect((await store.conversations.get("ann", "conv_a"))?.title).toBe("Ann's");
  });

  it("are behind the wall in every table of owners but those of searches and of sources", async () => {
    const { url } = await open();
    const client = new Client({ connectionString: url });
    await client.connect();
    onTestFinished(() => client.end());
    const { rows } = await client.query(
      `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
        where c.relkind = 'r' and a.attname = 'owner_id' and not (c.relrowsecurity and c.relforcerowsecurity)
        order by name`,
    );
    expect(rows.map(({ name }) => name)).toEqual([
      "chunk_index",
      "chunk_vectors",
      "chunks",
      "document_parts",
    ]);
  });

  it("are seen by a superuser, which the store says", async () => {
    const { store } = await open();
    expect(await store.keepsOwnersApart()).toBe(true);
    const url = await createDatabase(inject("postgresUrl"), { superuser: true });
    const other = await openPostgresStore(url, { onIdleError: () => undefined });
    onTestFinished(() => other.close());
    expect(await other.keepsOwnersApart()).toBe(false);
  });

  it("are not there for the methods of the store either: they say for whom they are", async () => {
    const { store, url } = await open();
    const client = new Client({ connectionString: url });
    await client.connect();
    onTestFinished(() => client.end());
    await client.query(
      "alter table conversations add column seen_by text default current_setting('chatter.owner', true)",
    );
    await store.conversations.create("ann", { id: "conv_a", title: "Ann's" });
    await store.transaction((tx) => tx.conversations.create("bob", { id: "conv_b", title: "" }));
    const { rows } = await client.query("select seen_by from conversations order by id");
    expect(rows).toEqual([{ seen_by: "ann" }, { seen_by: "bob" }]);
  });

  it("are there again for the next statement, also after a transaction that was undone", async () => {
    const { store } = await open();
    for (const owner of ["ann", "bob"]) {
      await store.conversations.create(owner, { id: `conv_${owner}`, title: owner });
    }
    const both = async (): Promise<(string | undefined)[]> => [
      (await store.conversations.get("ann", "conv_ann"))?.title,
      (await store.conversations.get("bob", "conv_bob"))?.title,
      (await store.keys.count()).toString(),
    ];
    expect(await both()).toEqual(["ann", "bob", "0"]);
    const undone = store.transaction(async (tx) => {
      await tx.conversations.get("ann", "conv_ann");
      throw new Error("undone");
    });
    await expect(undone).rejects.toThrow("undone");
    const failed = store.transaction(async (tx) => {
      await tx.conversations.create("ann", { id: "conv_bob", title: "twice" });
    });
    await expect(failed).rejects.toThrow("duplicate key");
    expect(await both()).toEqual(["ann", "bob", "0"]);
    // What goes on after a statement that failed is undone as well, when it wants to commit.
    await store.conversations.get("bob", "conv_bob");
    const swallowed = store.transaction(async (tx) => {
      const twice = tx.conversations.create("ann", { id: "conv_bob", title: "twice" });
      await expect(twice).rejects.toThrow("duplicate key");
    });
    await expect(swallowed).rejects.toThrow("rolled back");
    expect(await both()).toEqual(["ann", "bob", "0"]);
    await Promise.all(
      Array.from({ length: 20 }, async () => expect(await both()).toContain("bob")),
    );
  });
});

it("every method of a store that takes an owner is behind the wall", () => {
  const folder = join(ROOT, "src", "workflow", "ports");
  const texts = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
  const bodyOf = (name: string): string =>
    texts
      .map(
        (text) =>
          new RegExp(`^export interface ${name}\\b[^{]*\\{\\n(.*?)^\\}`, "ms").exec(text)?.[1],
      )
      .find((body) => body !== undefined) ?? "";
  const stores = bodyOf("StoreTransaction").matchAll(/readonly (\w+): (\w+);/g);
  const owned = [...stores].flatMap(([, name = "", type = ""]) => {
    const methods = bodyOf(type).matchAll(/^ {2}(\w+)\(\s*ownerId: string(?: \| null)?[,)]/gm);
    const names = [...methods].map(([, method = ""]) => method).toSorted();
    return names.length > 0 ? [[name, names]] : [];
  });
  expect(Object.fromEntries(owned)).toEqual(OWNED);
});
