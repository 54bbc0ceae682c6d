import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newId } from "../../src/workflow/ids.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import { ENGINES } from "../support/engines.ts";
import { chain, conversation, message, OWNER, STRANGER } from "./records.ts";

describe.each(ENGINES)("conversations on $name", (engine) => {
  let store: Store;
  let dispose: () => Promise<void>;
  beforeEach(async () => {
    ({ store, dispose } = await engine.openStore());
  });
  afterEach(() => dispose());

  test("keep every setting", async () => {
    const created = await store.conversations.create(OWNER, {
      id: newId("conv"),
      title: "Größe & 'quotes' 🎈",
      system_prompt: "Be brief.",
      provider: "openai",
      model: "m",
      profile_id: "p",
      workflow: "plain",
      workflow_template: "t",
      workflow_config: { memory_window: 7, similarity_threshold: 0.25 },
      metadata: { team: "red" },
      parent_conversation_id: newId("conv"),
      branch_id: newId("br"),
    });
    expect(await store.conversations.get(OWNER, created.id)).toEqual(created);
    expect(created).toMatchObject({
      message_count: 0,
      workflow_config: { memory_window: 7, similarity_threshold: 0.25 },
      metadata: { team: "red" },
    });
    expect(new Date(created.created_at).toISOString()).toBe(created.created_at);
  });

  test("are nobody else's", async () => {
    const id = await conversation(store);
    expect(await store.conversations.get(STRANGER, id)).toBeNull();
    expect(await store.conversations.lock(STRANGER, id)).toBeNull();
    expect(await store.conversations.update(STRANGER, id, { title: "mine" })).toBeNull();
    expect(await store.conversations.delete(STRANGER, id)).toBe(false);
    expect((await store.conversations.list(STRANGER, { limit: 10 })).data).toEqual([]);
    expect((await store.conversations.get(OWNER, id))?.title).toBe("A title");
  });

  test("change in what is named, and null clears", async () => {
    const id = await conversation(store);
    await store.conversations.update(OWNER, id, { system_prompt: "x", model: "m" });
    const changed = await store.conversations.update(OWNER, id, {
      model: null,
      workflow_config: { enable_memory: true },
      metadata: { a: "b" },
    });
    expect(changed).toMatchObject({
      title: "A title",
      system_prompt: "x",
      model: null,
      workflow_config: { enable_memory: true },
      metadata: { a: "b" },
    });
    const cleared = await store.conversations.update(OWNER, id, { workflow_config: {} });
    expect(cleared).toMatchObject({ workflow_config: {}, metadata: { a: "b" } });
  });

  test("are listed a page at a time, each once, the last changed first", async () => {
    const ids: string[] = [];
    for (let index = 0; index < 7; index++) ids.push(await conversation(store, `no ${index}`));
    await store.messages.insert(OWNER, message(ids[2] ?? ""));
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof store.conversations.list>> =
        await store.conversations.list(OWNER, { limit: 3, ...(cursor && { cursor }) });
      expect(page.data.length).toBeLessThanOrEqual(3);
      seen.push(...page.data.map(({ id }) => id));
      cursor = page.next_cursor;
    } while (cursor);
    expect(seen.toSorted()).toEqual(ids.toSorted());
    const times = (await store.conversations.list(OWNER, { limit: 10 })).data;
    expect(times.map((each) => each.updated_at)).toEqual(
      times
        .map((each) => each.updated_at)
        .toSorted()
        .toReversed(),
    );
  });

  test("refuse a cursor that is none", async () => {
    for (const cursor of ["", "x", "W10", Buffer.from('["a"]').toString("base64url")]) {
      await expect(store.conversations.list(OWNER, { limit: 1, cursor })).rejects.toMatchObject({
        code: "WORKFLOW_VALIDATION_ERROR",
        details: { invalid_parameters: ["cursor"] },
      });
    }
  });

  test("are found by title and by message, whatever the case, and literally", async () => {
    const byTitle = await conversation(store, "Über 100% Äpfel_x");
    const byMessage = await conversation(store, "other");
    await store.messages.insert(OWNER, message(byMessage, { content: "Die ÄPFEL sind rot" }));
    const found = async (q: string): Promise<string[]> =>
      (await store.conversations.list(OWNER, { limit: 10, q })).data.map(({ id }) => id).toSorted();
    expect(await found("äpfel")).toEqual([byTitle, byMessage].toSorted());
    expect(await found("100%")).toEqual([byTitle]);
    expect(await found("l_x")).toEqual([byTitle]);
    expect(await found("%")).toEqual([byTitle]);
    expect(await found("1%0")).toEqual([]);
    expect(await found(String.raw`\ `)).toEqual([]);
    expect(await found("birnen")).toEqual([]);
  });

  test("go with everything in them", async () => {
    const id = await conversation(store);
    const [messageId = ""] = await chain(store, id, 2);
    expect(await store.conversations.delete(OWNER, id)).toBe(true);
    expect(await store.messages.get(OWNER, messageId)).toBeNull();
    expect(await store.conversations.delete(OWNER, id)).toBe(false);
  });
});
