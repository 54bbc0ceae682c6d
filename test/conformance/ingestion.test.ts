/** What the taking in of documents stands on: sources in parts, one document of a content, and background jobs. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Job } from "../../src/workflow/ports/stores/jobs.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import { ENGINES } from "../support/engines.ts";
import { newDocument } from "./knowledge-records.ts";
import { OWNER, STRANGER } from "./records.ts";

const LEASE_MS = 60_000;

describe.each(ENGINES)("taking in on $name", (engine) => {
  let store: Store;
  let dispose: () => Promise<void>;
  beforeEach(async () => {
    ({ store, dispose } = await engine.openStore());
  });
  afterEach(() => dispose());

  async function read(ownerId: string, documentId: string): Promise<string> {
    const parts: Uint8Array[] = [];
    for await (const part of store.sources.read(ownerId, documentId)) parts.push(part);
    return Buffer.concat(parts).toString();
  }

  async function write(documentId: string, texts: readonly string[]): Promise<void> {
    for (const [part, text] of texts.entries()) {
      await store.sources.write(OWNER, documentId, part, Buffer.from(text));
    }
  }

  describe("sources", () => {
    test("come back part by part, to their owner only", async () => {
      const texts = Array.from({ length: 40 }, (_, part) => `part ${part}, `);
      await write("doc_1", texts);
      await write("doc_2", ["another"]);
      expect(await read(OWNER, "doc_1")).toBe(texts.join(""));
      expect(await read(STRANGER, "doc_1")).toBe("");
      await store.sources.clear(STRANGER, "doc_1");
      expect(await read(OWNER, "doc_1")).toBe(texts.join(""));
      await store.sources.clear(OWNER, "doc_1");
      await store.sources.clear(OWNER, "doc_1");
      expect(await read(OWNER, "doc_1")).toBe("");
      expect(await read(OWNER, "doc_2")).toBe("another");
    });

    test("of uploads that came to nothing are swept away when they are old", async () => {
      const { id } = await store.documents.create(OWNER, newDocument());
      await write(id, ["kept"]);
      await write("doc_lost", ["lost"]);
      await store.sources.sweep(Date.now() - 60_000);
      expect(await read(OWNER, "doc_lost")).toBe("lost");
      await store.sources.sweep(Date.now() + 1);
      expect(await read(OWNER, "doc_lost")).toBe("");
      expect(await read(OWNER, id)).toBe("kept");
    });
  });

  describe("a content", () => {
    const HASH = "a".repeat(64);

    test("is one document of its owner's collection, however many come at once", async () => {
      const create = (ownerId: string, collection: string) =>
        store.transaction((tx) =>
          tx.documents.create(ownerId, newDocument({ collection, content_hash: HASH })),
        );
      const many = await Promise.all(Array.from({ length: 10 }, () => create(OWNER, "a")));
      expect(new Set(many.map(({ id }) => id)).size).toBe(1);
      const others = [await create(OWNER, "b"), await create(STRANGER, "a")];
      expect(new Set([...many, ...others].map(({ id }) => id)).size).toBe(3);
      expect((await store.documents.list(OWNER, { limit: 10 })).data).toHaveLength(2);
    });

    test("that is known only later is refused where it is there already", async () => {
      const content = { hash: HASH, bytes: 7 };
      const first = await store.documents.create(OWNER, newDocument({ content_hash: HASH }));
      const second = await store.documents.create(OWNER, newDocument({ file_name: "a.txt" }));
      const elsewhere = await store.documents.create(OWNER, newDocument({ collection: "b" }));
      const set = (id: string) => store.documents.setContent(OWNER, id, content);
      expect(await set(second.id)).toBe(first.id);
      expect((await store.documents.get(OWNER, second.id))?.bytes).toBe(second.bytes);
      expect(await set(elsewhere.id)).toBeNull();
      expect((await store.documents.get(OWNER, elsewhere.id))?.bytes).toBe(7);
      expect(await set(first.id)).toBeNull();
      expect(await store.documents.fileName(OWNER, second.id)).toBe("a.txt");
      expect(await store.documents.fileName(OWNER, first.id)).toBeNull();
      expect(await store.documents.fileName(STRANGER, second.id)).toBeNull();
      // Documents whose content is not known yet are not the same one.
      expect(second.id).not.toBe(elsewhere.id);
    });
  });

  describe("jobs", () => {
    const add = (key: string, kind = "read", runAt?: number) =>
      store.jobs.add({ kind, key, payload: { key }, ...(runAt !== undefined && { runAt }) });
    const claim = (instance: string, limit = 10): Promise<Job[]> =>
      store.transaction((tx) => tx.jobs.claim(["read"], instance, limit));
    const keys = (jobs: readonly Job[]) =>
      jobs.map(({ payload }) => (payload as { key: string }).key).toSorted();

    beforeEach(() => store.instances.register("here", LEASE_MS));

    test("are there once for a key, for their kind, and when their time has come", async () => {
      await add("a");
      await add("a");
      await add("b", "clear");
      await add("c", "read", Date.now() + 60_000);
      const jobs = await claim("here");
      expect(keys(jobs)).toEqual(["a"]);
      expect(jobs[0]).toMatchObject({ kind: "read", payload: { key: "a" }, failures: 0 });
      // It is under way: it is not added again either.
      await add("a");
      expect(await claim("here")).toEqual([]);
    });

    test("go to one caller each, however many ask at once", async () => {
      const all = Array.from({ length: 20 }, (_, index) => `job-${index}`);
      for (const key of all) await add(key);
      const claims = await Promise.all(Array.from({ length: 8 }, () => claim("here", 3)));
      while (claims.at(-1)?.length !== 0) claims.push(await claim("here", 3));
      expect(keys(claims.flat())).toEqual(all.toSorted());
    });

    test("of an instance that is gone are taken again, and it cannot end them any more", async () => {
      await store.instances.register("there", LEASE_MS);
      await add("a");
      const [job] = await claim("there");
      if (!job) throw new Error("there is a job");
      expect(await claim("here")).toEqual([]);
      await store.instances.leave("there");
      expect(keys(await claim("here"))).toEqual(["a"]);
      expect(await store.jobs.finish(job.id, "there")).toBe(false);
      expect(await store.jobs.retry(job.id, "there", 0)).toBe(false);
      await store.jobs.release(job.id, "there");
      expect(await claim("here")).toEqual([]);
      expect(await store.jobs.finish(job.id, "here")).toBe(true);
      expect(await store.jobs.finish(job.id, "here")).toBe(false);
    });

    test("that failed come again with a count, those that were cut off without", async () => {
      await add("a");
      const [first] = await claim("here");
      if (!first) throw new Error("there is a job");
      await store.jobs.release(first.id, "here");
      expect((await claim("here"))[0]?.failures).toBe(0);
      expect(await store.jobs.retry(first.id, "here", Date.now() + 60_000)).toBe(true);
      expect(await claim("here")).toEqual([]);
      await store.jobs.cancel("read", "a");
      await add("a");
      const [second] = await claim("here");
      await store.jobs.retry(second?.id ?? "", "here", Date.now() - 1);
      expect((await claim("here"))[0]?.failures).toBe(1);
    });

    test("are gone when their transaction is undone", async () => {
      const undone = store.transaction(async (tx) => {
        await tx.jobs.add({ kind: "read", key: "a", payload: null });
        throw new Error("undone");
      });
      await expect(undone).rejects.toThrow("undone");
      expect(await claim("here")).toEqual([]);
    });
  });
});
