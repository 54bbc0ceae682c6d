/** The tree of a conversation: parents, branches, siblings, and reading them in pages. */
import { describe, expect, it } from "vitest";
import { ChatResponse } from "../../src/contract/chat.ts";
import { BranchMessage } from "../../src/contract/messages.ts";
import { Run } from "../../src/contract/runs.ts";
import { listOf } from "../../src/contract/text.ts";
import { ENGINES } from "../support/engines.ts";
import { useStage } from "../support/stage.ts";
import { lastRequest } from "../support/upstream.ts";

const ids = (messages: readonly { id: string }[]): string[] => messages.map(({ id }) => id);

describe.each(ENGINES)("branches on $name", (engine) => {
  const stage = useStage(engine);

  it("a message goes below the newest leaf", async () => {
    const { api } = stage;
    const { conversation_id, message: first } = await api.chat("one");
    const { message: second } = await api.chat("two", { conversation_id });
    const branch = await api.messages(conversation_id);
    expect(branch.map(({ parent_id }) => parent_id)).toEqual([null, ...ids(branch).slice(0, 3)]);
    expect([branch[1]?.id, branch[3]?.id]).toEqual([first.id, second.id]);
  });

  it("a message with an earlier parent begins a branch, and the model sees that branch only", async () => {
    const { api } = stage;
    const { conversation_id, message: first } = await api.chat("one");
    const { message: second } = await api.chat("two", { conversation_id });
    const edited = await api.chat("two, said better", { conversation_id, parent_id: first.id });
    const sent = lastRequest(stage.upstream).messages.map(({ content }) => content);
    expect(sent).toEqual(["one", first.content, "two, said better"]);

    const branch = await api.messages(conversation_id);
    expect(branch.at(-1)?.id).toBe(edited.message.id);
    const old = await api.messages(conversation_id, `?leaf=${second.id}`);
    expect(old.map(({ content }) => content)).toEqual([
      "one",
      first.content,
      "two",
      second.content,
    ]);
    expect(ids(old).slice(0, 2)).toEqual(ids(branch).slice(0, 2));
    const siblings = [old[2]?.id, branch[2]?.id];
    expect(old[2]?.sibling_ids).toEqual(siblings);
    expect(branch[2]?.sibling_ids).toEqual(siblings);
    expect(branch[0]?.sibling_ids).toEqual([branch[0]?.id]);
  });

  it("the parent `root` begins the conversation anew, beside its first message", async () => {
    const { api } = stage;
    const { conversation_id } = await api.chat("one");
    await api.chat("one, said better", { conversation_id, parent_id: "root" });
    const [question, ...rest] = await api.messages(conversation_id);
    expect(question).toMatchObject({ content: "one, said better", parent_id: null });
    expect(question?.sibling_ids).toHaveLength(2);
    expect(rest).toHaveLength(1);
    expect(lastRequest(stage.upstream).messages).toHaveLength(1);
  });

  it("a branch goes on when its leaf is the parent", async () => {
    const { api } = stage;
    const { conversation_id, message: first } = await api.chat("one");
    const { message: second } = await api.chat("two", { conversation_id });
    await api.chat("two, said better", { conversation_id, parent_id: first.id });
    const third = await api.chat("three", { conversation_id, parent_id: second.id });
    const branch = await api.messages(conversation_id);
    expect(branch.map(({ content }) => content).filter((text) => !text.startsWith("w"))).toEqual([
      "one",
      "two",
      "three",
    ]);
    expect(branch.at(-1)?.id).toBe(third.message.id);
  });

  it("regenerating an answer puts another beside it", async () => {
    const { api } = stage;
    const { conversation_id, message } = await api.chat("[tokens=2] one");
    const again = await api.json(ChatResponse, "POST", `/messages/${message.id}/regenerate`, {
      body: { temperature: 1 },
    });
    expect(again.message).toMatchObject({ parent_id: message.parent_id, status: "complete" });
    const branch = await api.messages(conversation_id);
    expect(branch.at(-1)?.sibling_ids).toEqual([message.id, again.message.id]);
    expect(branch).toHaveLength(2);
    const third = await api.json(ChatResponse, "POST", `/messages/${branch[0]?.id}/regenerate`);
    const [, newest] = await api.messages(conversation_id);
    expect(newest?.sibling_ids).toEqual([message.id, again.message.id, third.message.id]);
    expect(third.conversation.message_count).toBe(4);
  });

  it("both regenerated branches can be gone on with", async () => {
    const { api } = stage;
    const { conversation_id, message } = await api.chat("one");
    const again = await api.json(ChatResponse, "POST", `/messages/${message.id}/regenerate`);
    for (const parent_id of [message.id, again.message.id]) {
      const next = await api.chat("next", { conversation_id, parent_id });
      const branch = await api.messages(conversation_id, `?leaf=${next.message.id}`);
      expect(branch).toHaveLength(4);
      expect(branch[1]?.id).toBe(parent_id);
    }
  });

  it("two answers made one after the other are two branches, also when both are gone on with at once", async () => {
    const { api } = stage;
    const { conversation_id, message } = await api.chat("[tokens=2 pace=50] one");
    const [older, newer] = await Promise.all(
      ["older", "newer"].map(async () => {
        const path = `/messages/${message.id}/regenerate`;
        const run = await api.json(Run, "POST", path, { body: { background: true }, status: 202 });
        return (await api.ended(run.id)).message_id ?? "";
      }),
    );
    const hanging = { conversation_id, parent_id: newer };
    const first = await api.start("[tokens=1 then=hang] to the newer", hanging);
    const second = await api.chat("to the older", { conversation_id, parent_id: older });
    const branch = await api.messages(conversation_id, `?leaf=${second.message.id}`);
    expect(branch[1]?.id).toBe(older);
    expect(branch).toHaveLength(4);
    expect((await api.run(first.id)).status).toBe("running");
    await api.send("POST", `/runs/${first.id}/cancel`);
  });

  it("an unknown leaf, or one of another conversation, is 404", async () => {
    const { api } = stage;
    const one = await api.chat("one");
    const other = await api.chat("other");
    const path = `/conversations/${one.conversation_id}/messages?leaf=`;
    expect((await api.refused("GET", path + other.message.id)).status).toBe(404);
    expect((await api.refused("GET", `${path}msg_${"0".repeat(26)}`)).status).toBe(404);
    expect((await api.refused("GET", `${path}x`)).status).toBe(422);
  });

  it.each(["asc", "desc"])("is read in pages, %s, each message once", async (order) => {
    const { api } = stage;
    const { conversation_id } = await api.chat("one");
    for (const text of ["two", "three"]) await api.chat(text, { conversation_id });
    const whole = await api.messages(conversation_id);
    const found: BranchMessage[] = [];
    let cursor: string | null = "";
    for (let pages = 1; cursor !== null; pages++) {
      const from: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const path = `/conversations/${conversation_id}/messages?limit=2&order=${order}${from}`;
      const page = await api.get(listOf(BranchMessage), path);
      expect(page.data.length).toBeLessThanOrEqual(2);
      found.push(...page.data);
      cursor = page.next_cursor;
      expect(pages).toBeLessThan(5);
    }
    expect(found).toEqual(order === "asc" ? whole : whole.toReversed());
  });

  it("an empty conversation has no messages", async () => {
    const response = await stage.api.send("POST", "/conversations", { body: {} });
    const { id } = (await response.json()) as { id: string };
    expect(await stage.api.messages(id)).toEqual([]);
    expect(await stage.api.messages(id, "?order=desc&limit=1")).toEqual([]);
  });
});
