import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Store } from "../../src/workflow/ports/store.ts";
import { ENGINES } from "../support/engines.ts";
import { chain, conversation, OWNER, STRANGER } from "./records.ts";

describe.each(ENGINES)("summaries on $name", (engine) => {
  let store: Store;
  let dispose: () => Promise<void>;
  let conversationId: string;
  let ids: string[];
  beforeEach(async () => {
    ({ store, dispose } = await engine.openStore());
    conversationId = await conversation(store);
    ids = await chain(store, conversationId, 10);
  });
  afterEach(() => dispose());

  const at = (index: number): string => ids[index] ?? "";
  const nearest = (leaf: string, limit = 100, owner = OWNER) =>
    store.summaries.nearest(owner, leaf, limit);

  test("are found from every message below, the nearest one, with its distance", async () => {
    expect(await nearest(at(9))).toBeNull();
    await store.summaries.save(OWNER, at(3), "of four", false);
    await store.summaries.save(OWNER, at(6), "of seven: 'x' 🎈", true);
    expect(await nearest(at(2))).toBeNull();
    expect(await nearest(at(3))).toEqual({
      messageId: at(3),
      text: "of four",
      untrusted: false,
      depth: 1,
    });
    expect(await nearest(at(5))).toEqual({
      messageId: at(3),
      text: "of four",
      untrusted: false,
      depth: 3,
    });
    expect(await nearest(at(9))).toEqual({
      messageId: at(6),
      text: "of seven: 'x' 🎈",
      untrusted: true,
      depth: 4,
    });
  });

  test("are looked for no farther than the limit", async () => {
    await store.summaries.save(OWNER, at(3), "of four", false);
    expect(await nearest(at(9), 7)).toMatchObject({ depth: 7 });
    expect(await nearest(at(9), 6)).toBeNull();
  });

  test("hold for every branch through their message, and for no other", async () => {
    await store.summaries.save(OWNER, at(3), "of four", false);
    const branch = (from: number) =>
      chain(store, conversationId, 2, { parentId: at(from), branchId: `br_${from}` });
    const [, before = ""] = await branch(2);
    const [, behind = ""] = await branch(3);
    expect(await nearest(before)).toBeNull();
    expect(await nearest(behind)).toMatchObject({ messageId: at(3), depth: 3 });
  });

  test("give way to a newer one of the same message", async () => {
    await store.summaries.save(OWNER, at(3), "first", false);
    await store.summaries.save(OWNER, at(3), "second", false);
    expect(await nearest(at(4))).toMatchObject({ text: "second" });
  });

  test("are nobody else's, and hang on nobody else's message", async () => {
    await store.summaries.save(STRANGER, at(3), "theirs", false);
    await store.summaries.save(OWNER, "msg_none", "of nothing", false);
    expect(await nearest(at(9))).toBeNull();
    await store.summaries.save(OWNER, at(3), "mine", false);
    await store.summaries.save(STRANGER, at(3), "theirs", false);
    expect(await nearest(at(9))).toMatchObject({ text: "mine" });
    expect(await nearest(at(9), 100, STRANGER)).toBeNull();
  });

  test("are gone with any message that they cover, on every branch below it", async () => {
    const [side = ""] = await chain(store, conversationId, 1, {
      parentId: at(4),
      branchId: "br_2",
    });
    for (const id of [at(1), at(5), side])
      await store.summaries.save(OWNER, id, `until ${id}`, false);
    await store.messages.remove(OWNER, at(8));
    expect(await nearest(at(9))).toMatchObject({ messageId: at(5) });
    await store.messages.remove(OWNER, at(3));
    expect(await nearest(at(9))).toMatchObject({ messageId: at(1) });
    expect(await nearest(side)).toMatchObject({ messageId: at(1) });
    await store.messages.remove(OWNER, at(1));
    expect(await nearest(at(9))).toBeNull();
  });

  test("stay when somebody else tries to delete such a message", async () => {
    await store.summaries.save(OWNER, at(3), "mine", false);
    expect(await store.messages.remove(STRANGER, at(2))).toBe(false);
    expect(await nearest(at(9))).toMatchObject({ text: "mine" });
  });

  test("go with their conversation", async () => {
    await store.summaries.save(OWNER, at(3), "mine", false);
    expect(await store.conversations.delete(OWNER, conversationId)).toBe(true);
    expect(await nearest(at(9))).toBeNull();
  });
});
