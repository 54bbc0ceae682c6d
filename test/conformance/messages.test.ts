import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Store } from "../../src/workflow/ports/store.ts";
import { noUsage } from "../../src/workflow/usage.ts";
import { ENGINES } from "../support/engines.ts";
import { chain, conversation, message, newRun, OWNER, STRANGER } from "./records.ts";

describe.each(ENGINES)("messages on $name", (engine) => {
  let store: Store;
  let dispose: () => Promise<void>;
  beforeEach(async () => {
    ({ store, dispose } = await engine.openStore());
  });
  afterEach(() => dispose());

  test("come back as they went in", async () => {
    const id = await conversation(store);
    const full = message(id, {
      role: "assistant",
      content: "line\nbreak 'quoted' \\ 🎈",
      reasoning: "because",
      tool_calls: [
        {
          tool_call_id: "c1",
          name: "calculate",
          arguments: { deep: [1, { a: null }] },
          status: "ok",
          content: "a\u0000b \ud800",
          duration_ms: 3,
        },
        {
          tool_call_id: "c2",
          name: "calculate",
          arguments: {},
          status: null,
          content: null,
          duration_ms: null,
        },
      ],
      tool_call_id: "c0",
      citations: [
        {
          index: 1,
          document_id: "doc_1",
          document_title: "T",
          chunk_id: "chk_1",
          page: null,
          start: 0,
          end: 4,
          score: 0.25,
          excerpt: "e",
          url: null,
        },
      ],
      status: "partial",
      provider: "p",
      model: "m",
      usage: { ...noUsage(), input_tokens: 3, cost_usd: 0.000_1, model_calls: 1 },
      response_time_ms: 12,
      metadata: { k: "v" },
      feedback: { rating: "up", comment: "good" },
    });
    await store.messages.insert(OWNER, full);
    expect(await store.messages.get(OWNER, full.id)).toEqual(full);
    expect(await store.messages.all(OWNER, id)).toEqual([full]);
    expect((await store.conversations.get(OWNER, id))?.message_count).toBe(1);
  });

  test("are nobody else's", async () => {
    const id = await conversation(store);
    const [first = "", second = ""] = await chain(store, id, 2);
    expect(await store.messages.get(STRANGER, first)).toBeNull();
    expect(await store.messages.newest(STRANGER, id)).toBeNull();
    expect(await store.messages.tip(STRANGER, id, "br_1")).toBeNull();
    expect(await store.messages.hasChildren(STRANGER, first)).toBe(false);
    expect(await store.messages.later(STRANGER, first, "br_1")).toEqual([]);
    expect(await store.messages.window(STRANGER, second, 10)).toEqual([]);
    expect(
      (await store.messages.branch(STRANGER, second, { limit: 10, order: "asc" })).data,
    ).toEqual([]);
    expect((await store.messages.siblings(STRANGER, id, [null])).size).toBe(0);
    expect(await store.messages.all(STRANGER, id)).toEqual([]);
    expect(await store.messages.setFeedback(STRANGER, first, { rating: "up" })).toBeNull();
    expect(await store.messages.remove(STRANGER, first)).toBe(false);
    await store.messages.move(STRANGER, second, null);
    expect((await store.messages.get(OWNER, second))?.parent_id).toBe(first);
    await expect(store.messages.insert(STRANGER, message(id))).rejects.toThrow("no conversation");
  });

  test("the later ones of a branch are those that took their place after one", async () => {
    const id = await conversation(store);
    const [first = "", second = "", third = ""] = await chain(store, id, 3);
    await chain(store, id, 1, { parentId: first, branchId: "br_2" });
    const later = async (from: string): Promise<string[]> =>
      (await store.messages.later(OWNER, from, "br_1")).map((each) => each.id);
    expect(await later(first)).toEqual([second, third]);
    expect(await later(third)).toEqual([]);
    await store.messages.move(OWNER, second, third);
    expect(await later(first)).toEqual([third, second]);
  });

  test("a window is the end of a path, oldest first", async () => {
    const id = await conversation(store);
    const ids = await chain(store, id, 10);
    const window = await store.messages.window(OWNER, ids[7] ?? "", 3);
    expect(window.map((each) => each.id)).toEqual(ids.slice(5, 8));
    expect(await store.messages.window(OWNER, ids[1] ?? "", 50)).toHaveLength(2);
  });

  test("a branch is read from either end, a page at a time", async () => {
    const id = await conversation(store);
    const trunk = await chain(store, id, 7);
    const side = await chain(store, id, 3, { parentId: trunk[3] ?? "", branchId: "br_2" });
    const expected = [...trunk.slice(0, 4), ...side];
    for (const order of ["asc", "desc"] as const) {
      const read: string[] = [];
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof store.messages.branch>> = await store.messages.branch(
          OWNER,
          side.at(-1) ?? "",
          { limit: 2, order, ...(cursor && { cursor }) },
        );
        read.push(...page.data.map((each) => each.id));
        cursor = page.next_cursor;
      } while (cursor);
      expect(read).toEqual(order === "asc" ? expected : expected.toReversed());
    }
  });

  test("know their siblings", async () => {
    const id = await conversation(store);
    const [root = ""] = await chain(store, id, 1);
    const [other = ""] = await chain(store, id, 1, { parentId: null, branchId: "br_2" });
    const a = (await chain(store, id, 1, { parentId: root, branchId: "br_1" }))[0] ?? "";
    const b = (await chain(store, id, 1, { parentId: root, branchId: "br_3" }))[0] ?? "";
    const siblings = await store.messages.siblings(OWNER, id, [null, root]);
    expect(siblings.get(null)).toEqual([root, other]);
    expect(siblings.get(root)).toEqual([a, b]);
    expect(await store.messages.hasChildren(OWNER, root)).toBe(true);
    expect(await store.messages.hasChildren(OWNER, a)).toBe(false);
  });

  test("the newest leaves out what is queued, the tip of a branch does not", async () => {
    const id = await conversation(store);
    const [root = "", answer = ""] = await chain(store, id, 2);
    const queued = message(id, { parent_id: answer });
    await store.messages.insert(OWNER, queued);
    await store.runs.insert(newRun(id, queued.id));
    expect((await store.messages.newest(OWNER, id))?.id).toBe(answer);
    expect((await store.messages.tip(OWNER, id, "br_1"))?.id).toBe(queued.id);
    expect(await store.messages.tip(OWNER, id, "br_none")).toBeNull();
    const regenerated = newRun(id, root, { regenerates: true, branch_id: "br_2" });
    await store.runs.insert(regenerated);
    expect((await store.messages.window(OWNER, answer, 9)).map((each) => each.id)).toContain(root);
  });

  test("that move become the newest", async () => {
    const id = await conversation(store);
    const [root = "", answer = ""] = await chain(store, id, 2);
    const other = message(id, { parent_id: root });
    await store.messages.insert(OWNER, other);
    await store.messages.move(OWNER, answer, other.id);
    expect((await store.messages.newest(OWNER, id))?.id).toBe(answer);
    expect((await store.messages.get(OWNER, answer))?.parent_id).toBe(other.id);
    expect((await store.conversations.get(OWNER, id))?.message_count).toBe(3);
  });

  test("that go leave their children to their parent", async () => {
    const id = await conversation(store);
    const [root = "", middle = "", leaf = ""] = await chain(store, id, 3);
    expect(await store.messages.remove(OWNER, middle)).toBe(true);
    const path = await store.messages.window(OWNER, leaf, 10);
    expect(path.map((each) => each.id)).toEqual([root, leaf]);
    expect(await store.messages.remove(OWNER, middle)).toBe(false);
    expect((await store.conversations.get(OWNER, id))?.message_count).toBe(2);
  });

  test("take feedback, and change it", async () => {
    const id = await conversation(store);
    const [first = ""] = await chain(store, id, 1);
    await store.messages.setFeedback(OWNER, first, { rating: "up", comment: "yes" });
    const changed = await store.messages.setFeedback(OWNER, first, { rating: "down" });
    expect(changed?.feedback).toEqual({ rating: "down", comment: null });
  });
});
