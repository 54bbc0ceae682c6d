import { beforeEach, describe, expect, test } from "vitest";
import { RETRIEVER_DEFAULTS } from "../../src/contract/retrievers.ts";
import { newId } from "../../src/workflow/ids.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import { ENGINES } from "../support/engines.ts";
import { newDocument, readyDocument, toChunks, sharedStore } from "./knowledge-records.ts";
import { OWNER, STRANGER } from "./records.ts";

describe.each(ENGINES)("documents on $name", (engine) => {
  const open = sharedStore(engine);
  let store: Store;
  beforeEach(() => {
    store = open();
  });

  test("a document begins as queued, keeps what it was given, and changes as it is taken in", async () => {
    const given = newDocument({
      title: 'Züge & "quotes"',
      collection: "rail",
      metadata: { source: "mail" },
      url: "https://example.org/a",
    });
    const made = await store.documents.create(OWNER, given);
    expect(made).toMatchObject({
      ...given,
      status: "queued",
      progress: 0,
      error: null,
      pages: null,
      chunks: 0,
    });
    const changes = { status: "failed" as const, progress: 0.25, error: "no text", pages: 3 };
    const changed = await store.documents.update(OWNER, made.id, changes);
    expect(changed).toEqual({ ...made, ...changes });
    expect(await store.documents.update(OWNER, made.id, {})).toEqual(changed);
    expect(await store.documents.get(OWNER, made.id)).toEqual(changed);
  });

  test("a stranger neither reads, changes, lists nor deletes it", async () => {
    const { id } = await store.documents.create(OWNER, newDocument());
    expect(await store.documents.get(STRANGER, id)).toBeNull();
    expect(await store.documents.update(STRANGER, id, { status: "ready" })).toBeNull();
    expect(await store.documents.update(STRANGER, id, {})).toBeNull();
    expect((await store.documents.list(STRANGER, { limit: 10 })).data).toEqual([]);
    expect(await store.documents.delete(STRANGER, id)).toBe(false);
    expect(await store.documents.existing(STRANGER, [id])).toEqual(new Set());
    expect((await store.documents.get(OWNER, id))?.status).toBe("queued");
  });

  test("lists are newest first, in pages, by collection and by status", async () => {
    const ids: string[] = [];
    for (const collection of ["a", "b", "a"]) {
      ids.unshift((await store.documents.create(OWNER, newDocument({ collection }))).id);
    }
    await store.documents.update(OWNER, ids[1]!, { status: "ready" });
    const first = await store.documents.list(OWNER, { limit: 2 });
    expect(first.data.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    const second = await store.documents.list(OWNER, { limit: 2, cursor: first.next_cursor! });
    expect(second.data.map(({ id }) => id)).toEqual(ids.slice(2));
    expect(second.next_cursor).toBeNull();
    const inA = await store.documents.list(OWNER, { limit: 9, collection: "a" });
    expect(inA.data.map(({ id }) => id)).toEqual([ids[0], ids[2]]);
    const ready = await store.documents.list(OWNER, { limit: 9, status: "ready" });
    expect(ready.data.map(({ id }) => id)).toEqual([ids[1]]);
  });

  test("collections are counted and listed by name, byte by byte, in pages, each owner's own", async () => {
    const names = ["b", "Zug", "a", "äpfel", "a b", "b"];
    const ids: string[] = [];
    for (const collection of names) {
      ids.push((await store.documents.create(OWNER, newDocument({ collection }))).id);
    }
    await store.documents.create(STRANGER, newDocument({ collection: "theirs" }));
    await store.documents.update(OWNER, ids[0]!, { status: "ready" });
    await store.documents.update(OWNER, ids[3]!, { status: "failed" });
    const all = [
      { name: "Zug", documents: 1, ready: 0 },
      { name: "a", documents: 1, ready: 0 },
      { name: "a b", documents: 1, ready: 0 },
      { name: "b", documents: 2, ready: 1 },
      { name: "äpfel", documents: 1, ready: 0 },
    ];
    const first = await store.documents.collections(OWNER, { limit: 4 });
    expect(first.data).toEqual(all.slice(0, 4));
    const cursor = first.next_cursor!;
    const second = await store.documents.collections(OWNER, { limit: 4, cursor });
    expect(second).toEqual({ data: all.slice(4), next_cursor: null });
    const long = ["🎈".repeat(100), "🎉".repeat(100)];
    for (const collection of long) {
      await store.documents.create(OWNER, newDocument({ collection }));
    }
    const third = await store.documents.collections(OWNER, { limit: 6 });
    const fourth = await store.documents.collections(OWNER, {
      limit: 6,
      cursor: third.next_cursor!,
    });
    expect(fourth.data.map(({ name }) => name)).toEqual(long.slice(1));
    const wrong = store.documents.collections(OWNER, { limit: 4, cursor: "x" });
    await expect(wrong).rejects.toMatchObject({ code: "WORKFLOW_VALIDATION_ERROR" });
    expect(await store.documents.readyByCollection(OWNER)).toEqual(
      new Map([
        ...all.map(({ name, ready }) => [name, ready] as const),
        ...long.map((name) => [name, 0] as const),
      ]),
    );
    expect((await store.documents.collections("nobody", { limit: 4 })).data).toEqual([]);
  });

  test("which of some ids are the owner's documents", async () => {
    const mine = await store.documents.create(OWNER, newDocument());
    const foreign = await store.documents.create(STRANGER, newDocument());
    const found = await store.documents.existing(OWNER, [mine.id, foreign.id, newId("doc")]);
    expect(found).toEqual(new Set([mine.id]));
    expect(await store.documents.existing(OWNER, [])).toEqual(new Set());
  });
});

describe.each(ENGINES)("chunks on $name", (engine) => {
  const open = sharedStore(engine);
  let store: Store;
  beforeEach(() => {
    store = open();
  });

  test("chunks come back as they were given, in the order of the document, in pages", async () => {
    const { id } = await store.documents.create(OWNER, newDocument());
    const chunks = toChunks(["one", "two", "three"]).map((chunk, index) => ({
      ...chunk,
      heading: index === 1 ? "Part › 第二章" : null,
      page: index === 2 ? null : index + 1,
    }));
    const stored = await store.chunks.insert(OWNER, id, chunks.toReversed());
    expect(stored).toEqual(chunks.map((chunk) => chunk.id).toReversed());
    const whole = chunks.map((chunk) => ({ ...chunk, document_id: id }));
    const first = await store.chunks.list(OWNER, id, { limit: 2 });
    expect(first.data).toEqual(whole.slice(0, 2));
    const second = await store.chunks.list(OWNER, id, { limit: 2, cursor: first.next_cursor! });
    expect(second).toEqual({ data: whole.slice(2), next_cursor: null });
  });

  test("a batch that is repeated leaves no chunk twice, and says under which ids they are", async () => {
    const { id } = await store.documents.create(OWNER, newDocument());
    const first = toChunks(["one", "two"]);
    await store.chunks.insert(OWNER, id, first);
    const again = toChunks(["one", "two", "three"]);
    const stored = await store.chunks.insert(OWNER, id, again);
    expect(stored).toEqual([first[0]!.id, first[1]!.id, again[2]!.id]);
    const { data } = await store.chunks.list(OWNER, id, { limit: 10 });
    expect(data.map((chunk) => chunk.id)).toEqual(stored);
  });

  test("more chunks than one transaction takes", async () => {
    const { id } = await store.documents.create(OWNER, newDocument());
    const texts = Array.from({ length: 450 }, (_, index) => `text ${index}`);
    const stored = await store.chunks.insert(OWNER, id, toChunks(texts));
    expect(new Set(stored).size).toBe(450);
    const read = await store.chunks.get(OWNER, [stored[449]!, stored[0]!]);
    expect(read.map(({ text }) => text)).toEqual(["text 449", "text 0"]);
    await store.chunks.clear(OWNER, id);
    expect((await store.chunks.list(OWNER, id, { limit: 10 })).data).toEqual([]);
  });

  test("chunks are got by id with their document's title and address, those of others left out", async () => {
    const mine = await readyDocument(store, ["mine"], { title: "Mine", url: "https://x.org/" });
    const foreign = await readyDocument(store, ["theirs"], { ownerId: STRANGER });
    const found = await store.chunks.get(OWNER, [foreign.ids[0]!, mine.ids[0]!, newId("chk")]);
    expect(found).toMatchObject([
      { id: mine.ids[0], document_title: "Mine", document_url: "https://x.org/", text: "mine" },
    ]);
    expect((await store.chunks.list(STRANGER, mine.id, { limit: 10 })).data).toEqual([]);
    expect(await store.chunks.get(OWNER, [])).toEqual([]);
  });

  test("nothing is stored for a document that is not the owner's or is gone", async () => {
    const { id } = await store.documents.create(OWNER, newDocument());
    const refused = { code: "NOT_FOUND" };
    await expect(store.chunks.insert(STRANGER, id, toChunks(["x"]))).rejects.toMatchObject(refused);
    await store.documents.delete(OWNER, id);
    await expect(store.chunks.insert(OWNER, id, toChunks(["x"]))).rejects.toMatchObject(refused);
    expect((await store.chunks.list(OWNER, id, { limit: 10 })).data).toEqual([]);
  });

  test("a stranger clears nothing", async () => {
    const { id, ids } = await readyDocument(store, ["stays"]);
    await store.chunks.clear(STRANGER, id);
    expect(await store.chunks.get(OWNER, ids)).toHaveLength(1);
  });

  test("what a deleted document has left is not found, and swept up", async () => {
    const gone = await readyDocument(store, ["secret one", "secret two"]);
    const stays = await readyDocument(store, ["stays"]);
    await store.documents.delete(OWNER, gone.id);
    expect(await store.chunks.get(OWNER, gone.ids)).toEqual([]);
    await store.chunks.sweep();
    expect((await store.chunks.list(OWNER, gone.id, { limit: 10 })).data).toEqual([]);
    expect(await store.chunks.get(OWNER, stays.ids)).toHaveLength(1);
    expect(await store.chunks.sweep()).toBe(0);
  });

  test("other writes go on while chunks are stored, and meet no lock", async () => {
    const { id } = await store.documents.create(OWNER, newDocument());
    const texts = Array.from({ length: 1000 }, (_, index) => `words and more words, ${index}`);
    const storing = store.chunks.insert(OWNER, id, toChunks(texts));
    for (let index = 0; index < 100; index++) {
      await store.conversations.create(OWNER, { id: newId("conv"), title: `title ${index}` });
      await store.transaction((tx) =>
        tx.documents.update(OWNER, id, { progress: index / 100 }).then(() => {}),
      );
    }
    expect(await storing).toHaveLength(1000);
    expect((await store.conversations.list(OWNER, { limit: 200 })).data).toHaveLength(100);
  });
});

describe.each(ENGINES)("retrievers on $name", (engine) => {
  const open = sharedStore(engine);
  let store: Store;
  beforeEach(() => {
    store = open();
  });

  test("are made once, changed with a version, listed by name, deleted, and nobody else's", async () => {
    const settings = { ...RETRIEVER_DEFAULTS, collections: ["a"], mode: "lexical" as const };
    const made = await store.retrievers.create(OWNER, { name: "faq", ...settings });
    expect(made).toEqual({ name: "faq", ...settings, version: 1, built_in: false });
    expect(await store.retrievers.create(OWNER, { name: "faq", ...settings })).toBeNull();
    await store.retrievers.create(OWNER, { name: "all", ...RETRIEVER_DEFAULTS });

    const changed = await store.retrievers.replace(OWNER, { name: "faq", ...RETRIEVER_DEFAULTS });
    expect(changed).toMatchObject({ collections: [], mode: "hybrid", version: 2 });
    expect(await store.retrievers.get(OWNER, "faq")).toEqual(changed);
    expect(await store.retrievers.names(OWNER)).toEqual(["all", "faq"]);
    expect(await store.retrievers.list(OWNER, "all", 10)).toEqual([changed]);

    expect(await store.retrievers.get(STRANGER, "faq")).toBeNull();
    expect(await store.retrievers.names(STRANGER)).toEqual([]);
    expect(await store.retrievers.delete(STRANGER, "faq")).toBe(false);
    const foreign = { name: "faq", ...RETRIEVER_DEFAULTS };
    expect(await store.retrievers.replace(STRANGER, foreign)).toBeNull();
    expect(await store.retrievers.delete(OWNER, "faq")).toBe(true);
    expect(await store.retrievers.get(OWNER, "faq")).toBeNull();
  });
});
