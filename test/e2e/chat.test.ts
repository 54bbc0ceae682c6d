/** A message and its answer, in each of the three forms: events, one body, in the background. */
import { Agent, request } from "node:http";
import { describe, expect, it } from "vitest";
import { ChatResponse } from "../../src/contract/chat.ts";
import { Conversation } from "../../src/contract/conversations.ts";
import { BranchMessage } from "../../src/contract/messages.ts";
import { Run } from "../../src/contract/runs.ts";
import { listOf } from "../../src/contract/text.ts";
import { ENGINES } from "../support/engines.ts";
import { collect, eventOf, only, textOf } from "../support/sse.ts";
import { useStage } from "../support/stage.ts";
import { answerText, lastRequest } from "../support/upstream.ts";

describe.each(ENGINES)("chat on $name", (engine) => {
  const stage = useStage(engine);

  describe("as events", () => {
    it("gives them in the order of the contract, each checked against its schema", async () => {
      const stream = await stage.api.stream("[tokens=5] hello");
      const frames = await collect(stream.frames);
      const types = frames.map((frame) => eventOf(frame).type);
      expect(types).toEqual([
        "start",
        "step",
        "step",
        "step",
        ...Array.from({ length: 5 }, () => "token"),
        "step",
        "usage",
        "message",
        "end",
      ]);
      expect(frames.map(({ id }) => id)).toEqual(frames.map((_, index) => `1.${index + 1}`));
      expect(textOf(frames)).toBe(answerText(5));
      expect(only(frames, "end").status).toBe("completed");
    });

    it("says what the stream is, and keeps caches and proxies from holding it back", async () => {
      const stream = await stage.api.stream("hello");
      await collect(stream.frames);
      const { headers } = stream.response;
      expect(headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
      expect(headers.get("cache-control")).toBe("no-cache");
      expect(headers.get("x-accel-buffering")).toBe("no");
      expect(headers.get("content-encoding")).toBeNull();
      expect(headers.get("location")).toBe(`/api/v1/runs/${stream.runId}/events`);
      expect(stream.runId).toMatch(/^run_/);
      expect(stream.conversationId).toMatch(/^conv_/);
    });

    it("names the run, its conversation and both messages; the message is the one that is stored", async () => {
      const stream = await stage.api.stream("[tokens=2] hello");
      const frames = await collect(stream.frames);
      const start = only(frames, "start");
      const { type: _, ...message } = only(frames, "message");
      expect(start).toMatchObject({ run_id: stream.runId, workflow: "plain", provider: "openai" });
      const [question, answer] = await stage.api.messages(stream.conversationId);
      expect(question).toMatchObject({ id: start.user_message_id, role: "user", parent_id: null });
      expect(answer).toEqual({ ...message, sibling_ids: [message.id] });
      expect(message).toMatchObject({ parent_id: question?.id, status: "complete" });
      expect(only(frames, "end").message_id).toBe(message.id);
    });

    it("shows the message only when it is stored", async () => {
      const stream = await stage.api.stream("hello");
      for await (const frame of stream.frames) {
        const event = eventOf(frame);
        if (event.type !== "message") continue;
        const { type: _, ...message } = event;
        const stored = await stage.api.messages(stream.conversationId);
        expect(stored.at(-1)).toMatchObject(message);
        expect((await stage.api.run(stream.runId)).status).toBe("completed");
      }
    });

    it("reports the provider's figures, and null for what nobody reported", async () => {
      const stream = await stage.api.stream("[tokens=4] hello");
      const { type: _, ...usage } = only(await collect(stream.frames), "usage");
      expect(usage).toMatchObject({ model_calls: 1, tool_calls: 0, reasoning_tokens: null });
      expect((await stage.api.run(stream.runId)).usage).toEqual(usage);
      const [, answer] = await stage.api.messages(stream.conversationId);
      expect(answer?.usage).toEqual(usage);
    });

    it("sends tokens as they come, not at the end", async () => {
      const stream = await stage.api.stream("[tokens=3 then=hang] hello");
      let text = "";
      for await (const frame of stream.frames) {
        const event = eventOf(frame);
        if (event.type === "token") text += event.content;
        if (text === answerText(3)) break;
      }
      expect((await stage.api.run(stream.runId)).status).toBe("running");
      await stage.api.send("POST", `/runs/${stream.runId}/cancel`);
      stream.hangUp();
    });
  });

  it("leaves the connection open for the next request, whichever way it answers", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number>();
    const send = (body: object): Promise<void> =>
      new Promise((resolve, reject) => {
        const headers = { "content-type": "application/json" };
        const sent = request(stage.api.address("/chat"), { agent, method: "POST", headers });
        sent.on("error", reject).on("response", (response) => {
          ports.add(response.socket.localPort ?? 0);
          response.resume().once("end", resolve);
        });
        sent.end(JSON.stringify({ message: "hello", ...body }));
      });
    for (const form of [{ stream: true }, {}, { background: true }, { message: "" }]) {
      await send(form);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    agent.destroy();
    expect(ports.size).toBe(1);
  });

  describe("as one body", () => {
    it("is the same run, folded", async () => {
      const answer = await stage.api.chat("[tokens=4] hello", { metadata: { team: "blue" } });
      expect(answer.workflow).toBe("plain");
      expect(answer.message).toMatchObject({
        role: "assistant",
        content: answerText(4),
        status: "complete",
        metadata: { team: "blue" },
        run_id: answer.run_id,
      });
      const frames = await stage.api.events(answer.run_id);
      const { type: _message, ...message } = only(frames, "message");
      const { type: _usage, ...usage } = only(frames, "usage");
      expect({ message: answer.message, usage: answer.usage }).toEqual({ message, usage });
      const path = `/conversations/${answer.conversation_id}`;
      expect(await stage.api.get(Conversation, path)).toEqual(answer.conversation);
      expect(answer.conversation).toMatchObject({ message_count: 2, title: "[tokens=4] hello" });
    });

    it("carries the run's headers", async () => {
      const response = await stage.api.send("POST", "/chat", { body: { message: "hello" } });
      const answer = ChatResponse.parse(await response.json());
      expect(response.headers.get("content-type")).toContain("application/json");
      expect(response.headers.get("x-run-id")).toBe(answer.run_id);
      expect(response.headers.get("x-conversation-id")).toBe(answer.conversation_id);
      expect(response.headers.get("location")).toBe(`/api/v1/runs/${answer.run_id}/events`);
      expect(response.headers.get("x-request-id")).toMatch(/\S/);
    });
  });

  it("in the background answers 202 with the run at once, which then goes on by itself", async () => {
    const body = { message: "[tokens=3 pace=50] hello", background: true };
    const response = await stage.api.send("POST", "/chat", { body });
    expect(response.status).toBe(202);
    const run = Run.parse(await response.json());
    expect(run).toMatchObject({ status: "running", attempt: 1, message_id: null });
    expect(response.headers.get("x-run-id")).toBe(run.id);
    expect(response.headers.get("x-conversation-id")).toBe(run.conversation_id);
    expect(response.headers.get("location")).toBe(`/api/v1/runs/${run.id}/events`);
    const ended = await stage.api.ended(run.id);
    expect(ended).toMatchObject({ status: "completed", error: null });
    const [, answer] = await stage.api.messages(run.conversation_id);
    expect(answer).toMatchObject({ id: ended.message_id, content: answerText(3) });
  });

  it("answers a message of 200,000 characters outside the basic plane", async () => {
    const message = "🐦".repeat(200_000);
    const answer = await stage.api.chat(message);
    const [question] = await stage.api.messages(answer.conversation_id);
    expect(question?.content).toBe(message);
    expect(lastRequest(stage.upstream).messages.at(-1)?.content).toBe(message);
  });

  it.each(["plain", "basic"])("takes the workflow name %s for plain", async (workflow) => {
    expect((await stage.api.chat("hello", { workflow })).workflow).toBe("plain");
  });

  describe("settings", () => {
    const prompt = (): string | undefined =>
      lastRequest(stage.upstream).messages.find(({ role }) => role === "system")?.content;

    it("of the conversation are what its runs use", async () => {
      const settings = { system_prompt: "Be brief.", provider: "openai", model: "stub-large" };
      const conversation = await stage.api.json(Conversation, "POST", "/conversations", {
        body: settings,
        status: 201,
      });
      expect(conversation).toMatchObject(settings);
      const { message } = await stage.api.chat("hello", { conversation_id: conversation.id });
      expect(message).toMatchObject({ provider: "openai", model: "stub-large" });
      expect(lastRequest(stage.upstream).model).toBe("stub-large");
      expect(prompt()).toBe("Be brief.");
    });

    it("of the request go before the conversation's", async () => {
      const { id } = await stage.api.json(Conversation, "POST", "/conversations", {
        body: { system_prompt: "Be brief.", model: "stub-large" },
        status: 201,
      });
      const options = { conversation_id: id, model: "stub", system_prompt_override: "Be long." };
      await stage.api.chat("hello", { ...options, temperature: 0.5, max_tokens: 77 });
      expect(lastRequest(stage.upstream).model).toBe("stub");
      expect(prompt()).toBe("Be long.");
      const sent = stage.upstream.requests.at(-1)?.body;
      expect(sent).toMatchObject({ temperature: 0.5 });
      expect(JSON.stringify(sent)).toContain("77");
      const { message } = await stage.api.chat("hello", { ...options, provider: "offline" });
      expect(message.provider).toBe("offline");
    });

    it("memory_window limits what the model is sent", async () => {
      const { conversation_id } = await stage.api.chat("first");
      for (const text of ["second", "third"]) await stage.api.chat(text, { conversation_id });
      await stage.api.chat("fourth", { conversation_id, memory_window: 3 });
      const { messages } = lastRequest(stage.upstream);
      expect(messages.map(({ content }) => content)).toEqual(["third", answerText(3), "fourth"]);
      await stage.api.chat("fifth", { conversation_id });
      expect(lastRequest(stage.upstream).messages).toHaveLength(9);
    });
  });

  it("lists runs newest first, by conversation and status, in pages", async () => {
    const { conversation_id, run_id } = await stage.api.chat("first");
    const second = await stage.api.chat("second", { conversation_id });
    const path = `/runs?conversation_id=${conversation_id}&status=completed`;
    const page = await stage.api.get(listOf(Run), `${path}&limit=1`);
    expect(page.data.map(({ id }) => id)).toEqual([second.run_id]);
    const rest = await stage.api.get(listOf(Run), `${path}&limit=1&cursor=${page.next_cursor}`);
    expect(rest.data.map(({ id }) => id)).toEqual([run_id]);
    expect(rest.next_cursor).toBeNull();
    const failed = `/runs?conversation_id=${conversation_id}&status=failed`;
    expect((await stage.api.get(listOf(Run), failed)).data).toEqual([]);
    const messages = `/conversations/${conversation_id}/messages`;
    expect((await stage.api.get(listOf(BranchMessage), messages)).data).toHaveLength(4);
  });
});
