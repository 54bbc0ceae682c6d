import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newId } from "../../src/workflow/ids.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import { ENGINES } from "../support/engines.ts";
import { conversation, OWNER, startedRun, STRANGER } from "./records.ts";

describe.each(ENGINES)("keys and transactions on $name", (engine) => {
  let store: Store;
  let dispose: () => Promise<void>;
  beforeEach(async () => {
    ({ store, dispose } = await engine.openStore());
  });
  afterEach(() => dispose());

  function key(hash: string, changes: { user_id?: string; expires_at?: string | null } = {}) {
    const scopes: ("read" | "write")[] = ["read", "write"];
    return store.keys.create({
      id: newId("key"),
      name: `key ${hash}`,
      user_id: OWNER,
      prefix: "ck_12345",
      scopes,
      expires_at: null,
      hash,
      ...changes,
    });
  }

  test("a key is found by its hash until it is revoked or expired", async () => {
    const live = await key("h1");
    await key("h2", { expires_at: new Date(Date.now() - 1000).toISOString() });
    expect(await store.keys.findByHash("h1")).toEqual(live);
    expect(await store.keys.findByHash("h2")).toBeNull();
    expect(await store.keys.findByHash("h3")).toBeNull();
    await store.keys.touch(live.id);
    expect((await store.keys.findByHash("h1"))?.last_used_at).not.toBeNull();
    expect(await store.keys.revoke(STRANGER, live.id)).toBe(false);
    expect(await store.keys.revoke(OWNER, live.id)).toBe(true);
    expect(await store.keys.revoke(OWNER, live.id)).toBe(false);
    expect(await store.keys.findByHash("h1")).toBeNull();
  });

  test("keys are listed to their owner, and all to nobody in particular", async () => {
    const mine = await key("h1");
    const theirs = await key("h2", { user_id: STRANGER });
    const ids = async (owner: string | null): Promise<string[]> =>
      (await store.keys.list(owner, { limit: 10 })).data.map(({ id }) => id);
    expect(await ids(OWNER)).toEqual([mine.id]);
    expect(await ids(null)).toEqual([theirs.id, mine.id]);
    expect(await store.keys.count()).toBe(2);
    const page = await store.keys.list(null, { limit: 1 });
    const rest = await store.keys.list(null, { limit: 1, cursor: page.next_cursor ?? "" });
    expect(rest.data.map(({ id }) => id)).toEqual([mine.id]);
    expect(await store.keys.revoke(null, theirs.id)).toBe(true);
    expect(await ids(null)).toEqual([mine.id]);
  });

  test("two keys with one hash are refused", async () => {
    await key("same");
    await expect(key("same")).rejects.toThrow(/unique/i);
  });

  test("an idempotency key binds once, for each user alone", async () => {
    const run = await startedRun(store);
    expect(await store.idempotency.find(OWNER, "k")).toBeNull();
    expect(await store.idempotency.bind(OWNER, "k", "hash", run.id)).toBeNull();
    const bound = { requestHash: "hash", runId: run.id };
    expect(await store.idempotency.bind(OWNER, "k", "other", newId("run"))).toEqual(bound);
    expect(await store.idempotency.find(OWNER, "k")).toEqual(bound);
    expect(await store.idempotency.bind(STRANGER, "k", "other", run.id)).toBeNull();
    await store.idempotency.prune(Date.now() + 1000);
    expect(await store.idempotency.find(OWNER, "k")).toBeNull();
  });

  test("a transaction that throws leaves nothing, and nothing of its neighbours is lost", async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        store.transaction(async (tx) => {
          const id = await conversation(tx, `no ${index}`);
          if (index % 2 === 1) throw new Error("undo");
          return id;
        }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(10);
    const { data } = await store.conversations.list(OWNER, { limit: 50 });
    const titles = data.map(({ title }) => Number(title.split(" ")[1]));
    expect(titles.toSorted((a, b) => a - b)).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
  });

  test("a transaction sees its own writes, and a failed statement undoes only itself", async () => {
    const id = await store.transaction(async (tx) => {
      const created = await conversation(tx);
      expect(await tx.conversations.get(OWNER, created)).not.toBeNull();
      return created;
    });
    const duplicate = store.transaction((tx) => tx.conversations.create(OWNER, { id, title: "x" }));
    const next = store.transaction((tx) => conversation(tx, "after"));
    await expect(duplicate).rejects.toThrow(/unique/i);
    expect(await store.conversations.get(OWNER, await next)).toMatchObject({ title: "after" });
  });

  test("parallel increments of one conversation are not lost", async () => {
    const id = await conversation(store);
    await Promise.all(
      Array.from({ length: 20 }, () =>
        store.transaction(async (tx) => {
          const current = await tx.conversations.lock(OWNER, id);
          const count = Number(current?.metadata["count"] ?? 0) + 1;
          await tx.conversations.update(OWNER, id, { metadata: { count: String(count) } });
        }),
      ),
    );
    expect((await store.conversations.get(OWNER, id))?.metadata).toEqual({ count: "20" });
  });

  test("answers a ping", async () => {
    await expect(store.ping()).resolves.toBeUndefined();
  });
});
