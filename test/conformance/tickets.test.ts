import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Conversation } from "../../src/contract/conversations.ts";
import { Ticket } from "../../src/contract/tickets.ts";
import { newId } from "../../src/workflow/ids.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import type { NewTicket } from "../../src/workflow/ports/stores/tickets.ts";
import { ENGINES } from "../support/engines.ts";
import { conversation, OWNER, STRANGER } from "./records.ts";

function ticket(changes: Partial<NewTicket> = {}): NewTicket {
  return {
    id: newId("tkt"),
    title: "Größe 'x' 🎈",
    description: "a\nb",
    priority: "high",
    conversation_id: null,
    run_id: newId("run"),
    tool_call_id: "call_1",
    content_hash: "hash",
    ...changes,
  };
}

const page = { limit: 50 };

describe.each(ENGINES)("tickets on $name", (engine) => {
  let store: Store;
  let dispose: () => Promise<void>;
  beforeEach(async () => {
    ({ store, dispose } = await engine.openStore());
  });
  afterEach(() => dispose());

  async function made(changes: Partial<NewTicket> = {}, owner = OWNER): Promise<Ticket> {
    const created = await store.tickets.create(owner, ticket(changes));
    if (!created) throw new Error("There is such a ticket already.");
    return created;
  }

  test("come back as they went in, open", async () => {
    const conversation_id = await conversation(store);
    const { content_hash: _, ...given } = ticket({ conversation_id });
    const created = await made({ ...given });
    expect(created).toMatchObject({ ...given, status: "open" });
    expect(Ticket.parse(created)).toEqual(created);
    expect(created.updated_at).toBe(created.created_at);
    expect(await store.tickets.get(OWNER, created.id)).toEqual(created);
  });

  test("are stored once for the same call of the same run, however many make it at once", async () => {
    const call = { run_id: newId("run"), tool_call_id: "call_1", content_hash: "h" };
    const tries = await Promise.all(
      Array.from({ length: 10 }, () => store.tickets.create(OWNER, ticket(call))),
    );
    const created = tries.filter((each) => each !== null);
    expect(created).toHaveLength(1);
    expect(await store.tickets.ofCall(OWNER, call)).toEqual(created[0]);
    expect((await store.tickets.list(OWNER, page)).data).toEqual(created);
  });

  test("of other calls, runs, contents and owners are others", async () => {
    const call = { run_id: newId("run"), tool_call_id: "call_1", content_hash: "h" };
    await made(call);
    await made({ ...call, run_id: newId("run") });
    await made({ ...call, tool_call_id: "call_2" });
    await made({ ...call, content_hash: "other" });
    await made(call, STRANGER);
    expect((await store.tickets.list(OWNER, page)).data).toHaveLength(4);
    expect(await store.tickets.ofCall(OWNER, { ...call, tool_call_id: "call_3" })).toBeNull();
  });

  test("opened by hand have no run, and are never taken for one another", async () => {
    await made({ run_id: null });
    await made({ run_id: null });
    expect((await store.tickets.list(OWNER, page)).data).toHaveLength(2);
  });

  test("change in what is said, and in nothing else", async () => {
    const created = await made();
    const changed = await store.tickets.update(OWNER, created.id, { status: "resolved" });
    expect(changed).toEqual({
      ...created,
      status: "resolved",
      updated_at: changed?.updated_at,
    });
    const all = { status: "closed", priority: "low", title: "T", description: "" } as const;
    expect(await store.tickets.update(OWNER, created.id, all)).toMatchObject(all);
    expect(await store.tickets.get(OWNER, created.id)).toMatchObject(all);
  });

  test("are listed newest first, in pages, by status and conversation", async () => {
    const conversation_id = await conversation(store);
    const ids: string[] = [];
    for (const place of [null, conversation_id, null, conversation_id, null]) {
      ids.unshift((await made({ conversation_id: place })).id);
    }
    const first = await store.tickets.list(OWNER, { limit: 3 });
    const cursor = first.next_cursor ?? undefined;
    const second = await store.tickets.list(OWNER, { limit: 3, cursor });
    expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(ids);
    expect(second.next_cursor).toBeNull();
    await store.tickets.update(OWNER, ids[1] ?? "", { status: "closed" });
    const listed = async (query: object): Promise<string[]> =>
      (await store.tickets.list(OWNER, { ...page, ...query })).data.map(({ id }) => id);
    expect(await listed({ status: "closed" })).toEqual([ids[1]]);
    expect(await listed({ conversation_id })).toEqual([ids[1], ids[3]]);
    expect(await listed({ conversation_id, status: "open" })).toEqual([ids[3]]);
    await expect(store.tickets.list(OWNER, { ...page, cursor: "x" })).rejects.toThrow("cursor");
  });

  test("are their owner's alone", async () => {
    const { id } = await made();
    expect(await store.tickets.get(STRANGER, id)).toBeNull();
    expect(await store.tickets.update(STRANGER, id, { status: "closed" })).toBeNull();
    expect((await store.tickets.list(STRANGER, page)).data).toEqual([]);
    expect(await store.tickets.get(OWNER, id)).toMatchObject({ status: "open" });
  });

  test("outlive the conversation that they were opened in", async () => {
    const conversation_id = await conversation(store);
    const { id } = await made({ conversation_id });
    await store.conversations.delete(OWNER, conversation_id);
    expect(await store.tickets.get(OWNER, id)).toMatchObject({ id, conversation_id: null });
  });
});

describe.each(ENGINES)("escalation on $name", (engine) => {
  let store: Store;
  let dispose: () => Promise<void>;
  let id: string;
  beforeEach(async () => {
    ({ store, dispose } = await engine.openStore());
    id = await conversation(store);
  });
  afterEach(() => dispose());

  const escalation = async () => (await store.conversations.get(OWNER, id))?.escalation;
  const resolve = () => store.conversations.update(OWNER, id, { escalated: false });

  test("marks a conversation once, however many ask at the same time", async () => {
    expect(await escalation()).toBeNull();
    const tries = await Promise.all(
      ["one", "two", "three"].map((reason) => store.conversations.escalate(OWNER, id, reason)),
    );
    const [marked, ...others] = tries.filter((each) => each !== null);
    expect(others).toEqual([]);
    expect(Conversation.parse(marked)).toEqual(marked);
    expect(await escalation()).toEqual(marked?.escalation);
    expect(marked?.escalation?.resolved_at).toBeNull();
  });

  test("is resolved once, and may come again", async () => {
    await store.conversations.escalate(OWNER, id, "first");
    const resolved = (await resolve())?.escalation;
    expect(resolved).toMatchObject({ reason: "first", resolved_at: expect.any(String) });
    expect((await resolve())?.escalation).toEqual(resolved);
    const again = await store.conversations.escalate(OWNER, id, "second");
    expect(again?.escalation).toMatchObject({ reason: "second", resolved_at: null });
  });

  test("that never was has nothing to resolve", async () => {
    expect((await resolve())?.escalation).toBeNull();
  });

  test("stays when something else of the conversation changes", async () => {
    await store.conversations.escalate(OWNER, id, "reason");
    const changed = await store.conversations.update(OWNER, id, { title: "T" });
    expect(changed).toMatchObject({ title: "T", escalation: { resolved_at: null } });
  });

  test("is its owner's alone", async () => {
    expect(await store.conversations.escalate(STRANGER, id, "reason")).toBeNull();
    expect(await escalation()).toBeNull();
    await store.conversations.escalate(OWNER, id, "reason");
    expect(await store.conversations.update(STRANGER, id, { escalated: false })).toBeNull();
    expect(await escalation()).toMatchObject({ resolved_at: null });
  });
});
