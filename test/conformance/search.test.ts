import { beforeEach, describe, expect, test } from "vitest";
import type { ChunkFilter } from "../../src/workflow/ports/stores/chunk-search.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import { SEARCH_PLACES } from "../support/engines.ts";
import {
  angle,
  filter,
  never,
  newDocument,
  readyDocument,
  SPACE,
  toChunks,
  sharedStore,
} from "./knowledge-records.ts";
import { OWNER, STRANGER } from "./records.ts";

describe.each(SEARCH_PLACES)("search by words on $name", (engine) => {
  const open = sharedStore(engine);
  let store: Store;
  beforeEach(() => {
    store = open();
  });

  async function find(query: string, narrowed: Partial<ChunkFilter> = {}, limit = 10) {
    const hits = await store.search.lexical(query, filter(narrowed), limit, never);
    return hits.map(({ chunkId }) => chunkId);
  }

  test("finds any of the words, in other forms too, and the rarer word first", async () => {
    const { ids } = await readyDocument(store, [
      "The engine of the aircraft was tested.",
      "An engine and its turbine blades were testing the limits.",
      "Engines are loud.",
      "Nothing of the kind.",
    ]);
    expect(await find("turbines engine")).toEqual([ids[1], ids[2], ids[0]]);
    expect(await find("TESTS")).toEqual(expect.arrayContaining([ids[0], ids[1]]));
    expect(await find("zeppelin")).toEqual([]);
  });

  test("says what it found, with scores above 0 that fall", async () => {
    const { id, ids } = await readyDocument(store, ["wing wing", "a wing among many other things"]);
    await readyDocument(store, ["one", "two", "three", "four"]);
    const hits = await store.search.lexical("wing", filter(), 10, never);
    expect(hits.map(({ chunkId, documentId }) => ({ chunkId, documentId }))).toEqual([
      { chunkId: ids[0], documentId: id },
      { chunkId: ids[1], documentId: id },
    ]);
    expect(hits[0]!.score).toBeGreaterThan(hits[1]!.score);
    expect(hits[1]!.score).toBeGreaterThan(0);
    expect(await find("wing", {}, 1)).toEqual([ids[0]]);
  });

  test("a word of the title counts more than one of the text", async () => {
    const inText = await readyDocument(store, ["about valves, and this and that"], {
      title: "Pumps",
    });
    const inTitle = await readyDocument(store, ["about other things, and this"], {
      title: "Valves",
    });
    await readyDocument(store, ["one", "two", "three", "four"]);
    expect(await find("valve")).toEqual([inTitle.ids[0], inText.ids[0]]);
  });

  test("a word of a heading finds what stands below it", async () => {
    const { id } = await store.documents.create(OWNER, newDocument());
    const chunks = toChunks(["It opens at three bar."]).map((chunk) => ({
      ...chunk,
      heading: "Safety valve",
    }));
    const ids = await store.chunks.insert(OWNER, id, chunks);
    await store.documents.update(OWNER, id, { status: "ready" });
    expect(await find("valves")).toEqual(ids);
  });

  test("owners with the same text find their own only", async () => {
    const texts = ["the same secret in both", "and another secret"];
    const mine = await readyDocument(store, texts);
    const theirs = await readyDocument(store, texts, { ownerId: STRANGER });
    expect((await find("secret")).toSorted()).toEqual(mine.ids.toSorted());
    expect((await find("secret", { ownerId: STRANGER })).toSorted()).toEqual(theirs.ids.toSorted());
    expect(await find("secret", { documentIds: [theirs.id] })).toEqual([]);
    expect(await find("secret", { ownerId: "nobody" })).toEqual([]);
  });

  test("collections and documents narrow it; no document at all finds nothing", async () => {
    const a = await readyDocument(store, ["apple pie"], { collection: "a" });
    const b = await readyDocument(store, ["apple tart"], {
      collection: "b'; drop table chunks; --",
    });
    const c = await readyDocument(store, ["apple cake"], { collection: "c" });
    const sorted = async (narrowed: Partial<ChunkFilter>) =>
      (await find("apple", narrowed)).toSorted();
    expect(await sorted({})).toEqual([...a.ids, ...b.ids, ...c.ids]);
    expect(await sorted({ collections: ["a", "b'; drop table chunks; --"] })).toEqual([
      ...a.ids,
      ...b.ids,
    ]);
    expect(await sorted({ collections: ["none"] })).toEqual([]);
    expect(await sorted({ documentIds: [b.id, c.id] })).toEqual([...b.ids, ...c.ids]);
    expect(await sorted({ documentIds: [b.id], collections: ["c"] })).toEqual([]);
    expect(await sorted({ documentIds: [] })).toEqual([]);
  });

  test("only documents that are ready are found, and deleted ones no more", async () => {
    const { id, ids } = await readyDocument(store, ["a quark"]);
    expect(await find("quark")).toEqual(ids);
    for (const status of ["queued", "embedding", "failed"] as const) {
      await store.documents.update(OWNER, id, { status });
      expect(await find("quark")).toEqual([]);
    }
    await store.documents.update(OWNER, id, { status: "ready" });
    expect(await find("quark")).toEqual(ids);
    await store.documents.delete(OWNER, id);
    expect(await find("quark")).toEqual([]);
    await store.chunks.clear(OWNER, id);
    const again = await readyDocument(store, ["another quark"]);
    expect(await find("quark")).toEqual(again.ids);
  });

  test("cleared chunks are not found, and new ones of the same document are", async () => {
    const { id } = await readyDocument(store, ["old words", "older words"]);
    await store.chunks.clear(OWNER, id);
    expect(await find("words")).toEqual([]);
    const ids = await store.chunks.insert(OWNER, id, toChunks(["new words"]));
    expect(await find("words old")).toEqual(ids);
  });

  test("a repeated batch is found once", async () => {
    const { id, ids } = await readyDocument(store, ["a unique gadget"]);
    await store.chunks.insert(OWNER, id, toChunks(["a unique gadget"]));
    expect(await find("gadget")).toEqual(ids);
  });

  test.each([
    ['"', []],
    ['gadget" OR "secret', ["gadget", "secret"]],
    ["gadget AND NOT secret", ["gadget", "secret"]],
    ["title:gadget -secret", ["gadget", "secret"]],
    ["gadget* ^ NEAR(secret, 2)", ["gadget", "secret"]],
    ["gadget & ! ( secret | <-> :*", ["gadget", "secret"]],
    ["it's gadget's \\ ' '' secret", ["gadget", "secret"]],
    ["'); drop table chunks; -- gadget", ["gadget"]],
    ["{gadget} + $1 ? @x :y", ["gadget"]],
    ["the of and to", []],
    ["🙂 … ¿? -- ''", []],
    ["\u0000gadget", ["gadget"]],
    ["%gadget_", ["gadget"]],
    [`owner:o0123456789abcdef #o0123456789abcdef`, []],
  ])("%j is text, not an expression", async (query, expected) => {
    const { ids } = await readyDocument(store, ["a gadget here", "a secret there"]);
    const texts = (await store.chunks.get(OWNER, await find(query))).map(({ text }) => text);
    expect(new Set(texts.map((text) => text.split(" ")[1]))).toEqual(new Set(expected));
    expect((await store.chunks.get(OWNER, ids)).length).toBe(2);
  });

  test("a question of any length", async () => {
    const { ids } = await readyDocument(store, ["the needle"]);
    const hay = Array.from({ length: 20_000 }, (_, index) => `hay${index % 90}`).join(" ");
    expect(await find(`needle ${hay}`)).toEqual(ids);
    expect(await find("x".repeat(100_000))).toEqual([]);
    expect(await find("needle ".repeat(50_000))).toEqual(ids);
  });

  test("texts in other scripts, and letters with or without their accents", async () => {
    const { ids } = await readyDocument(store, [
      "機械学習は楽しい。",
      "Привет, мир!",
      "Ein schöner Zürcher Käse",
      "नमस्ते दुनिया",
      "ภาษาไทยไม่มีช่องว่าง",
    ]);
    expect(await find("学習")).toEqual([ids[0]]);
    expect(await find("МИР")).toEqual([ids[1]]);
    expect(await find("zurcher kase")).toEqual([ids[2]]);
    expect(await find("Zürcher")).toEqual([ids[2]]);
    expect(await find("दुनिया")).toEqual([ids[3]]);
    expect(await find("ช่องว่าง")).toEqual([ids[4]]);
  });

  test("an aborted search ends with the reason", async () => {
    await readyDocument(store, ["gadget"]);
    const reason = new Error("enough");
    const aborted = AbortSignal.abort(reason);
    await expect(store.search.lexical("gadget", filter(), 10, aborted)).rejects.toBe(reason);
    await expect(store.search.vector(SPACE, angle(0), filter(), 10, aborted)).rejects.toBe(reason);
    const controller = new AbortController();
    const search = store.search.lexical("gadget", filter(), 10, controller.signal);
    controller.abort(reason);
    await expect(search).rejects.toBe(reason);
  });
});
