/** Statements that PostgreSQL has prepared, on connections that outlive a change of the schema. */
import { Client } from "pg";
import { expect, inject, it, onTestFinished, vi } from "vitest";
import { openPostgresStore } from "../../src/storage/postgres/open.ts";
import { UnavailableError } from "../../src/workflow/errors.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import { createDatabase } from "../support/postgres.ts";

const USER = "ada";

/** A store with one connection, so that each statement meets what the one before left, and another way in. */
async function open(): Promise<{ store: Store; other: Client }> {
  const url = await createDatabase(inject("postgresUrl"));
  const options = { onIdleError: () => undefined, maxConnections: 1 };
  const store = await openPostgresStore(url, options);
  const other = new Client({ connectionString: url });
  await other.connect();
  onTestFinished(async () => {
    await other.end();
    await store.close();
  });
  await store.conversations.create(USER, { id: "conv_1", title: "one" });
  return { store, other };
}

const COLUMN = "alter table conversations add column of_a_newer_version text";

it("are prepared anew when a newer version has changed their table", async () => {
  const { store, other } = await open();
  expect(await store.conversations.get(USER, "conv_1")).toMatchObject({ title: "one" });
  await other.query(COLUMN);
  expect(await store.conversations.get(USER, "conv_1")).toMatchObject({ title: "one" });
});

it("fail in the middle of a transaction as a database does that was away, and work in the next", async () => {
  const { store, other } = await open();
  await store.conversations.get(USER, "conv_1");
  await other.query(COLUMN);
  const work = () => store.transaction((tx) => tx.conversations.get(USER, "conv_1"));
  await expect(work()).rejects.toThrow(UnavailableError);
  expect(await work()).toMatchObject({ title: "one" });
});

it("are those of every run, by name", async () => {
  const { store } = await open();
  const names: string[] = [];
  const spy = vi.spyOn(Client.prototype, "query");
  onTestFinished(() => spy.mockRestore());
  await store.conversations.get(USER, "conv_1");
  await store.conversations.get(USER, "conv_2");
  await store.conversations.list(USER, { limit: 1 });
  for (const [config] of spy.mock.calls as unknown[][]) {
    if (typeof config === "object" && config && "name" in config) names.push(String(config.name));
  }
  expect(names).toHaveLength(2);
  expect(new Set(names).size).toBe(1);
});
