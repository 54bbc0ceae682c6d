/** The built-in tools, tried by hand and used by runs: what is found can be cited, what is opened can be changed. */
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Conversation } from "../../src/contract/conversations.ts";
import { listOf } from "../../src/contract/text.ts";
import { Ticket } from "../../src/contract/tickets.ts";
import { ToolCallAnswer, ToolInfo } from "../../src/contract/tools.ts";
import { tool } from "../../src/workflow/testing/tools.ts";
import { type Api, eventually } from "../support/api.ts";
import { ENGINES } from "../support/engines.ts";
import { useServer } from "../support/in-process.ts";
import { putDocument } from "../support/put-document.ts";
import { collect, eventOf } from "../support/sse.ts";

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

/** A message of the webhook as it came. */
interface Received {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Receives webhooks; refuses the first `refusals` of them. */
async function receiver(refusals: number) {
  const received: Received[] = [];
  let left = refusals;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      received.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
      response.writeHead(left-- > 0 ? 503 : 204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    received,
    url: `http://127.0.0.1:${port}/hook`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

const call = (api: Api, name: string, args: object) =>
  api.json(ToolCallAnswer, "POST", `/tools/${name}/call`, { body: { arguments: args } });

const tickets = async (api: Api, query = "") =>
  (await api.get(listOf(Ticket), `/tickets${query}`)).data;

describe.each(ENGINES)("built-in tools on $name", (engine) => {
  const house = useServer(engine, {});

  it("are listed with what each may do", async () => {
    const { data, next_cursor } = await house.api.get(listOf(ToolInfo), "/tools");
    const builtIn = data.filter(({ origin }) => origin.kind === "built_in");
    const shown = builtIn.map(({ name, effect, approval, trusted }) => [
      name,
      effect,
      approval,
      trusted,
    ]);
    for (const expected of [
      ["calculate", "read", "never", true],
      ["create_ticket", "write", "untrusted", true],
      ["escalate", "write", "untrusted", true],
      ["get_current_time", "read", "never", true],
      ["search_docs", "read", "never", false],
      ["search_kb", "read", "never", false],
    ]) {
      expect(shown).toContainEqual(expected);
    }
    expect(data.map(({ name }) => name)).toEqual(data.map(({ name }) => name).toSorted());
    expect(next_cursor).toBeNull();
  });

  it("calculate, and say what is wrong and where", async () => {
    const answer = await call(house.api, "calculate", { expression: "0.1 + 0.2" });
    expect(answer).toMatchObject({ status: "ok", structured: { result: "0.3" } });
    expect(answer.untrusted).toBeUndefined();
    expect(await call(house.api, "calculate", { expression: "2 +" })).toMatchObject({
      status: "error",
      content: "The tool failed: at character 4: a number is missing before the end",
    });
    const { status, content } = await call(house.api, "calculate", { sum: "1" });
    expect([status, content]).toEqual(["error", expect.stringContaining("expression")]);
  });

  it("tell the time in a zone, and which zone may have been meant", async () => {
    const { structured } = await call(house.api, "get_current_time", { timezone: "Asia/Kolkata" });
    expect(structured?.["iso"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+05:30$/);
    expect(Math.abs(Date.parse(String(structured?.["iso"])) - Date.now())).toBeLessThan(60_000);
    const { content } = await call(house.api, "get_current_time", { timezone: "Paris" });
    expect(content).toContain('did you mean "Europe/Paris"?');
  });

  it("that do not exist are 404, with the nearest one", async () => {
    const { status, problem } = await house.api.refused("POST", "/tools/calculat/call", {
      body: { arguments: {} },
    });
    expect(status).toBe(404);
    expect(problem.detail).toContain('did you mean "calculate"?');
  });

  it("open tickets, which are read, filtered and changed", async () => {
    const { structured } = await call(house.api, "create_ticket", {
      title: "The lamp is broken",
      priority: "high",
    });
    const id = String(structured?.["ticket_id"]);
    const ticket = await house.api.get(Ticket, `/tickets/${id}`);
    expect(ticket).toMatchObject({
      title: "The lamp is broken",
      description: "",
      status: "open",
      priority: "high",
      conversation_id: null,
      run_id: null,
    });
    const changed = await house.api.json(Ticket, "PATCH", `/tickets/${id}`, {
      body: { status: "resolved", description: "A new bulb" },
    });
    expect(changed).toMatchObject({ status: "resolved", description: "A new bulb" });
    expect(await tickets(house.api, "?status=resolved")).toEqual([changed]);
    expect(await tickets(house.api, "?status=closed")).toEqual([]);
    const { status } = await house.api.refused("PATCH", `/tickets/${id}`, {
      body: { status: "eaten" },
    });
    expect(status).toBe(422);
  });

  it("hand over no conversation where there is none", async () => {
    const { status, content } = await call(house.api, "escalate", { reason: "r" });
    expect(status).toBe("error");
    expect(content).toContain("there is no conversation to hand over");
  });
});

describe.each(ENGINES)("a configured tool on $name", (engine) => {
  const house = useServer(engine, {
    tools: [tool("calculate", () => Promise.resolve("mine"))],
  });

  it("takes the place of the built-in one with its name", async () => {
    expect((await call(house.api, "calculate", {})).content).toBe("mine");
    const { data } = await house.api.get(listOf(ToolInfo), "/tools");
    const same = data.filter(({ name }) => name === "calculate");
    expect(same.map(({ origin }) => origin)).toEqual([{ kind: "configured", server: null }]);
  });
});

describe.each(ENGINES)("the template customer_support on $name", (engine) => {
  const house = useServer(engine, {});
  const support = { workflow_template: "customer_support" };
  const WARRANTY = "The warranty lasts 24 months.";

  beforeAll(() =>
    putDocument(house.api, "support_docs", "Terms", `${WARRANTY} Batteries are excluded.`),
  );

  it("answers from its knowledge base, with citations", async () => {
    const { message } = await house.api.chat("How long is the warranty?", support);
    expect(message.content).toContain(`${WARRANTY} [1]`);
    expect(message.citations).toMatchObject([{ index: 1, document_title: "Terms" }]);
  });

  it("cites what a tool has found, by the number that it has in the run", async () => {
    const stream = await house.api.stream("Search the knowledge base for warranty months", {
      workflow: "tools",
      allowed_tools: ["search_kb"],
    });
    const events = (await collect(stream.frames)).map((frame) => eventOf(frame));
    const [sources] = events.flatMap((event) => (event.type === "sources" ? [event] : []));
    expect(sources).toMatchObject({ mode: "lexical", degraded: false });
    expect(sources?.citations.map(({ index }) => index)).toEqual([1]);
    const [saved] = events.flatMap((event) => (event.type === "message" ? [event] : []));
    expect(saved?.content).toContain(`${WARRANTY} [1]`);
    expect(saved?.citations).toMatchObject([{ index: 1, document_title: "Terms" }]);
    expect(saved?.tool_calls).toMatchObject([{ name: "search_kb", status: "ok", untrusted: true }]);
  });

  it("says that nothing was found where nothing was", async () => {
    const { message } = await house.api.chat("Search the docs for zebras", {
      workflow: "tools",
      allowed_tools: ["search_docs"],
    });
    expect(message.citations).toEqual([]);
    expect(message.content).toContain("do not contain an answer");
  });

  it("opens a ticket that belongs to its conversation", async () => {
    // Without the search of the template: its passages would make a person agree first.
    const options = { workflow: "tools", allowed_tools: ["create_ticket"] };
    const answer = await house.api.chat("Open a ticket: my lamp is broken", options);
    const [ticket] = await tickets(house.api, `?conversation_id=${answer.conversation_id}`);
    expect(ticket).toMatchObject({ title: "my lamp is broken", run_id: answer.run_id });
    expect(answer.message.content).toContain(ticket?.id);
  });

  it("hands the conversation over, says so from then on, and no more once it is resolved", async () => {
    const options = { workflow: "tools", allowed_tools: ["escalate"] };
    const { conversation_id: id, message } = await house.api.chat(
      "Let me talk to a human",
      options,
    );
    expect(message.content).toContain("handed over to a person");
    const path = `/conversations/${id}`;
    const marked = await house.api.get(Conversation, path);
    expect(marked.escalation).toMatchObject({
      reason: "Let me talk to a human",
      resolved_at: null,
    });
    const next = { conversation_id: id, workflow: "plain" };
    expect((await house.api.chat("hello", next)).message.content).toContain("handed over");
    const body = { escalated: false };
    const resolved = await house.api.json(Conversation, "PATCH", path, { body });
    expect(resolved.escalation?.resolved_at).not.toBeNull();
    expect((await house.api.chat("hello", next)).message.content).not.toContain("handed over");
    const { status } = await house.api.refused("PATCH", path, { body: { escalated: true } });
    expect(status).toBe(422);
  });
});

describe.each(ENGINES)("the template research_assistant on $name", (engine) => {
  const house = useServer(engine, {});

  it("answers from its documents, with citations", async () => {
    await putDocument(house.api, "research_docs", "Cats", "Cats sleep for fifteen hours a day.");
    const { message } = await house.api.chat("How long do cats sleep?", {
      workflow_template: "research_assistant",
    });
    expect(message.content).toContain("Cats sleep for fifteen hours a day. [1]");
    expect(message.citations).toMatchObject([{ index: 1, document_title: "Cats" }]);
  });
});

describe.each(ENGINES)("the webhook on $name", (engine) => {
  const env: Record<string, string> = { CHATTER_WEBHOOK_SECRET: SECRET };
  let hook: Awaited<ReturnType<typeof receiver>>;
  beforeAll(async () => {
    hook = await receiver(0);
    env["CHATTER_WEBHOOK_URL"] = hook.url;
  });
  const house = useServer(engine, {}, env);
  afterAll(() => hook.close());

  it("tells of tickets and escalations, each once, signed", async () => {
    const { structured } = await call(house.api, "create_ticket", { title: "T" });
    const id = String(structured?.["ticket_id"]);
    await house.api.json(Ticket, "PATCH", `/tickets/${id}`, { body: { status: "closed" } });
    const { conversation_id } = await house.api.chat("escalate this", {
      workflow: "tools",
      allowed_tools: ["escalate"],
    });
    await eventually("three webhooks", () => Promise.resolve(hook.received.length === 3));
    const events = hook.received.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    const byType = new Map(events.map((event) => [event["type"], event]));
    expect(byType.get("ticket.created")).toMatchObject({
      timestamp: expect.any(String),
      data: { id, status: "open", user_id: "local" },
    });
    expect(byType.get("ticket.updated")).toMatchObject({ data: { id, status: "closed" } });
    expect(byType.get("conversation.escalated")).toMatchObject({
      data: { conversation_id, reason: "escalate this", resolved_at: null },
    });
    for (const { headers, body } of hook.received) {
      const signed = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${body}`;
      const digest = createHmac("sha256", Buffer.alloc(32, 7)).update(signed).digest("base64");
      expect(headers["webhook-signature"]).toBe(`v1,${digest}`);
      expect(Math.abs(Number(headers["webhook-timestamp"]) - Date.now() / 1000)).toBeLessThan(60);
    }
    expect(new Set(hook.received.map(({ headers }) => headers["webhook-id"])).size).toBe(3);
  });
});
