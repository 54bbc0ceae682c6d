/** Conversations and messages as things of their own: settings, search, forks, exports, feedback, deletion. */
import { describe, expect, it } from "vitest";
import { Conversation, ConversationExport } from "../../src/contract/conversations.ts";
import { Message } from "../../src/contract/messages.ts";
import { listOf } from "../../src/contract/text.ts";
import { ENGINES } from "../support/engines.ts";
import { collect, only } from "../support/sse.ts";
import { useStage } from "../support/stage.ts";
import { answerText, lastRequest } from "../support/upstream.ts";

const HANGING = "[tokens=2 then=hang] hello";

describe.each(ENGINES)("conversations on $name", (engine) => {
  const stage = useStage(engine);

  const create = (body: object): Promise<Conversation> =>
    stage.api.json(Conversation, "POST", "/conversations", { body, status: 201 });
  const get = (id: string): Promise<Conversation> =>
    stage.api.get(Conversation, `/conversations/${id}`);
  const change = (id: string, body: object): Promise<Conversation> =>
    stage.api.json(Conversation, "PATCH", `/conversations/${id}`, { body });

  async function titles(query: string): Promise<string[]> {
    const { data } = await stage.api.get(listOf(Conversation), `/conversations${query}`);
    return data.map(({ title }) => title);
  }

  it("keep what they were made with, and their runs follow it", async () => {
    const settings = {
      title: "A title",
      system_prompt: "Answer like a sailor.",
      model: "stub-large",
      metadata: { team: "a" },
    };
    const made = await create(settings);
    expect(made).toMatchObject({ ...settings, provider: null, message_count: 0 });
    expect(await get(made.id)).toEqual(made);
    const { message } = await stage.api.chat("hello", { conversation_id: made.id });
    expect(message.model).toBe("stub-large");
    expect(lastRequest(stage.upstream)).toMatchObject({
      model: "stub-large",
      messages: [{ role: "system", content: settings.system_prompt }, { content: "hello" }],
    });
    expect(await get(made.id)).toMatchObject({ title: "A title", message_count: 2 });
  });

  it("change in what is named; null clears, and the rest stays", async () => {
    const made = await create({
      title: "Before",
      system_prompt: "Be brief.",
      metadata: { a: "1" },
    });
    const changed = await change(made.id, { title: "After", metadata: { b: "2" } });
    expect(changed).toMatchObject({ title: "After", system_prompt: "Be brief." });
    expect(changed.metadata).toEqual({ b: "2" });
    expect(await change(made.id, { system_prompt: null })).toMatchObject({
      title: "After",
      system_prompt: null,
    });
    expect(await change(made.id, {})).toMatchObject({ title: "After" });
  });

  it.each([
    [{ title: "" }, "title"],
    [{ title: null }, "title"],
    [{ surprise: 1 }, "surprise"],
    [{ profile_id: "p" }, "profile_id"],
    [{ workflow_template: "t" }, "workflow_template"],
    [{ workflow: "magic" }, "workflow"],
    [{ provider: "nobody" }, "provider"],
  ])("refuse %j", async (body, path) => {
    const { id } = await create({ title: "Mine" });
    for (const [method, where] of [
      ["POST", "/conversations"],
      ["PATCH", `/conversations/${id}`],
    ] as const) {
      const { status, problem } = await stage.api.refused(method, where, { body });
      expect(status).toBe(422);
      expect(problem.errors?.map((error) => error.path)).toEqual([path]);
    }
    expect(await get(id)).toMatchObject({ title: "Mine", workflow: null, provider: null });
  });

  it("are called by the beginning of their first message", async () => {
    const { conversation } = await stage.api.chat("  Why is\nthe sky blue?  ");
    expect(conversation.title).toBe("Why is the sky blue?");
    const empty = await create({});
    expect(empty.title).toBe("New conversation");
    await stage.api.chat("Named at last", { conversation_id: empty.id });
    expect((await get(empty.id)).title).toBe("Named at last");
  });

  it("are found by title and by message, in any script, and nothing in the question is a pattern", async () => {
    await create({ title: "Über Österreich 100%" });
    const { conversation_id } = await stage.api.chat("the needle, once");
    await change(conversation_id, { title: "Haystack" });
    const search = (q: string): Promise<string[]> => titles(`?q=${encodeURIComponent(q)}`);
    expect(await search("österREICH")).toEqual(["Über Österreich 100%"]);
    expect(await search("NEEDLE")).toEqual(["Haystack"]);
    expect(await search("100%")).toEqual(["Über Österreich 100%"]);
    expect(await search("1_0%")).toEqual([]);
    expect(await search("nowhere")).toEqual([]);
  });

  it("are listed a page at a time, the last changed first", async () => {
    const made = [];
    for (const title of ["p1", "p2", "p3"]) made.push(await create({ title }));
    await change(made[0]?.id ?? "", { title: "p1 again" });
    const first = await stage.api.get(listOf(Conversation), "/conversations?limit=2");
    const cursor = encodeURIComponent(first.next_cursor ?? "");
    const second = `/conversations?limit=1&cursor=${cursor}`;
    const rest = await stage.api.get(listOf(Conversation), second);
    const found = [...first.data, ...rest.data].map(({ title }) => title);
    expect(found).toEqual(["p1 again", "p3", "p2"]);
  });

  it("fork up to a message; then neither side touches the other", async () => {
    const { conversation_id, message } = await stage.api.chat("[tokens=2] one");
    await stage.api.chat("two", { conversation_id });
    const path = `/conversations/${conversation_id}/fork`;
    const body = { message_id: message.id };
    const fork = await stage.api.json(Conversation, "POST", path, { body, status: 201 });
    expect(fork).toMatchObject({ parent_conversation_id: conversation_id, message_count: 2 });
    const copies = await stage.api.messages(fork.id);
    expect(copies.map(({ content }) => content)).toEqual(["[tokens=2] one", answerText(2)]);
    expect(copies.map(({ id }) => id)).not.toContain(message.id);
    await stage.api.chat("only here", { conversation_id: fork.id });
    expect(await stage.api.messages(conversation_id)).toHaveLength(4);
    expect(await stage.api.messages(fork.id)).toHaveLength(4);
    await stage.api.send("DELETE", `/conversations/${conversation_id}`);
    expect(await stage.api.messages(fork.id)).toHaveLength(4);
  });

  it("are exported whole as JSON, and the newest branch as Markdown", async () => {
    const { conversation_id, message } = await stage.api.chat("[tokens=1] first *try*");
    await change(conversation_id, { title: "Tries" });
    await stage.api.chat("second try", { conversation_id, parent_id: "root" });
    const path = `/conversations/${conversation_id}/export`;
    const whole = await stage.api.get(ConversationExport, path);
    expect(whole.conversation).toEqual(await get(conversation_id));
    expect(whole.messages).toHaveLength(4);
    expect(whole.messages.map(({ id }) => id)).toContain(message.id);
    const response = await stage.api.send("GET", `${path}?format=markdown`);
    const text = await response.text();
    expect(response.headers.get("content-type")).toBe("text/markdown; charset=utf-8");
    expect(response.headers.get("content-disposition")).toBe(
      `attachment; filename="${conversation_id}.md"`,
    );
    expect(text).toMatch(/^# Tries\n/);
    expect(text).toContain("second try");
    expect(text).toContain(answerText(3).trim());
    expect(text).not.toContain("first *try*");
  });

  describe("that are deleted", () => {
    it("are gone with their messages and runs", async () => {
      const { conversation_id, message, run_id } = await stage.api.chat("hello");
      const gone = `/conversations/${conversation_id}`;
      await stage.api.send("DELETE", gone);
      for (const path of [gone, `${gone}/messages`, `/runs/${run_id}`, `/runs/${run_id}/events`]) {
        expect((await stage.api.refused("GET", path)).status).toBe(404);
      }
      expect((await stage.api.refused("DELETE", gone)).status).toBe(404);
      expect((await stage.api.refused("DELETE", `/messages/${message.id}`)).status).toBe(404);
    });

    it("first let the readers of their runs see the end", async () => {
      const stream = await stage.api.stream(HANGING);
      const { conversationId } = stream;
      const waiting = stage.api.refused("POST", "/chat", {
        body: { message: "behind", conversation_id: conversationId },
      });
      await stage.api.answering(stream.runId);
      const response = await stage.api.send("DELETE", `/conversations/${conversationId}`);
      expect(response.status).toBe(204);
      const frames = await collect(stream.frames);
      expect(only(frames, "end").status).toBe("cancelled");
      expect(only(frames, "message").content).toBe(answerText(2));
      // It was accepted before the deletion, or came after it.
      const { status, problem } = await waiting;
      expect([404, 409], problem.detail).toContain(status);
      expect((await stage.api.refused("GET", `/runs/${stream.runId}`)).status).toBe(404);
    });
  });

  describe("have messages that", () => {
    it("are rated, and rated anew", async () => {
      const { conversation_id, message } = await stage.api.chat("hello");
      const path = `/messages/${message.id}/feedback`;
      const body = { rating: "down", comment: "too short" };
      const rated = await stage.api.json(Message, "PUT", path, { body });
      expect(rated).toEqual({ ...message, feedback: body });
      await stage.api.json(Message, "PUT", path, { body: { rating: "up" } });
      const [, answer] = await stage.api.messages(conversation_id);
      expect(answer?.feedback).toEqual({ rating: "up", comment: null });
      const odd = { body: { rating: "sideways" } };
      expect((await stage.api.refused("PUT", path, odd)).status).toBe(422);
    });

    it("are deleted one by one; what answers them moves up", async () => {
      const { conversation_id } = await stage.api.chat("one");
      await stage.api.chat("two", { conversation_id });
      const before = await stage.api.messages(conversation_id);
      const response = await stage.api.send("DELETE", `/messages/${before[1]?.id}`);
      expect(response.status).toBe(204);
      const after = await stage.api.messages(conversation_id);
      expect(after.map(({ id }) => id)).toEqual(
        [before[0], before[2], before[3]].map((m) => m?.id),
      );
      expect(after[1]?.parent_id).toBe(before[0]?.id);
      expect((await get(conversation_id)).message_count).toBe(3);
    });

    it("stay while a run is answering them", async () => {
      const { id, conversation_id, user_message_id } = await stage.api.start(HANGING);
      await stage.api.answering(id);
      const path = `/messages/${user_message_id}`;
      const { status, problem } = await stage.api.refused("DELETE", path);
      expect(status).toBe(409);
      expect(problem).toMatchObject({ code: "CONFLICT", run_id: id });
      expect(await stage.api.messages(conversation_id)).toHaveLength(1);
      await stage.api.send("POST", `/runs/${id}/cancel`);
      await stage.api.ended(id);
      expect((await stage.api.send("DELETE", path)).status).toBe(204);
    });
  });
});
