import { describe, expect, test } from "vitest";
import { API_BASE, endpoints } from "../contract/endpoints.ts";
import { createClient } from "./client.ts";
import { ChatterError, ConnectionError, retryAfter } from "./errors.ts";
import type { Client } from "./methods.ts";
import { problem, sendJson, serve } from "./test-server.ts";

const backoff = { firstMs: 1, maxMs: 2 };

/** One call of each method, by the name of its route in the contract. */
const calls: Record<keyof typeof endpoints, (client: Client) => Promise<unknown>> = {
  chat: (client) => client.chat({ message: "Hi" }),
  listRuns: (client) => client.listRuns({ status: "running" }),
  getRun: (client) => client.getRun("x/y"),
  readEvents: (client) => client.events("x/y").next(),
  cancelRun: (client) => client.cancelRun("x/y"),
  listConversations: (client) => client.listConversations({ q: "a&b" }),
  createConversation: (client) => client.createConversation({ title: "T" }),
  getConversation: (client) => client.getConversation("x/y"),
  updateConversation: (client) => client.updateConversation("x/y", { title: "T" }),
  deleteConversation: (client) => client.deleteConversation("x/y"),
  listMessages: (client) => client.listMessages("x/y", { order: "desc" }),
  forkConversation: (client) => client.forkConversation("x/y", "m"),
  exportConversation: (client) => client.exportConversation("x/y"),
  regenerate: (client) => client.regenerate("x/y"),
  putFeedback: (client) => client.putFeedback("x/y", { rating: "up" }),
  deleteMessage: (client) => client.deleteMessage("x/y"),
  listWorkflows: (client) => client.listWorkflows(),
  validateWorkflow: (client) => client.validateWorkflow({ message: "Hi" }),
  listTemplates: (client) => client.listTemplates({ limit: 1 }),
  createTemplate: (client) => client.createTemplate({ name: "t", workflow_type: "plain" }),
  importTemplates: (client) => client.importTemplates({ templates: [] }),
  getTemplate: (client) => client.getTemplate("x/y"),
  replaceTemplate: (client) => client.replaceTemplate("x/y", { workflow_type: "plain" }),
  deleteTemplate: (client) => client.deleteTemplate("x/y"),
  validateTemplate: (client) => client.validateTemplate("x/y"),
  listProfiles: (client) => client.listProfiles({ cursor: "c" }),
  createProfile: (client) => client.createProfile({ name: "p" }),
  getProfile: (client) => client.getProfile("x/y"),
  replaceProfile: (client) => client.replaceProfile("x/y", { name: "p" }),
  deleteProfile: (client) => client.deleteProfile("x/y"),
  uploadDocuments: (client) => client.createDocument({ url: "https://example.org" }),
  listDocuments: (client) => client.listDocuments({ collection: "a&b", status: "ready" }),
  getDocument: (client) => client.getDocument("x/y"),
  deleteDocument: (client) => client.deleteDocument("x/y"),
  listChunks: (client) => client.listChunks("x/y", { limit: 1 }),
  reprocessDocument: (client) => client.reprocessDocument("x/y"),
  readDocumentEvents: (client) => client.documentEvents("x/y").next(),
  listCollections: (client) => client.listCollections(),
  listRetrievers: (client) => client.listRetrievers(),
  createRetriever: (client) => client.createRetriever({ name: "r" }),
  getRetriever: (client) => client.getRetriever("x/y"),
  replaceRetriever: (client) => client.replaceRetriever("x/y", { collections: ["a"] }),
  deleteRetriever: (client) => client.deleteRetriever("x/y"),
  search: (client) => client.search("x/y", { query: "q" }),
  listToolServers: (client) => client.listToolServers({ limit: 1 }),
  createToolServer: (client) => client.createToolServer({ name: "s", url: "https://s.example" }),
  getToolServer: (client) => client.getToolServer("x/y"),
  updateToolServer: (client) => client.updateToolServer("x/y", { headers: null }),
  deleteToolServer: (client) => client.deleteToolServer("x/y"),
  connectToolServer: (client) => client.connectToolServer("x/y"),
  authorizeToolServer: (client) => client.authorizeToolServer("x/y"),
  listTools: (client) => client.listTools(),
  callTool: (client) => client.callTool("x/y", { a: 1 }),
  listTickets: (client) => client.listTickets({ status: "open" }),
  getTicket: (client) => client.getTicket("x/y"),
  updateTicket: (client) => client.updateTicket("x/y", { status: "closed" }),
  listProviders: (client) => client.listProviders(),
  listModels: (client) => client.listModels(),
  listKeys: (client) => client.listKeys(),
  createKey: (client) => client.createKey({ name: "k" }),
  deleteKey: (client) => client.deleteKey("x/y"),
};

describe("every route of the contract", () => {
  test.each(Object.keys(endpoints) as (keyof typeof endpoints)[])("%s", async (name) => {
    await using server = await serve((_request, response) => sendJson(response, 200, {}));
    await calls[name](createClient({ baseUrl: `${server.url}/`, apiKey: "k-1" })).catch(() => null);
    const [request] = server.seen;
    const address = API_BASE + endpoints[name].path.replace(/\{\w+\}/, "x%2Fy");
    expect(request?.method).toBe(endpoints[name].method);
    expect(request?.url.split("?")[0]).toBe(address);
    expect(request?.headers.authorization).toBe("Bearer k-1");
  });

  test("bodies that the methods send are what the contract takes", async () => {
    await using server = await serve((_request, response) => sendJson(response, 202, {}));
    const client = createClient({ baseUrl: server.url });
    await client.chatInBackground({ message: "Hi", parent_id: null });
    await client.regenerateInBackground("m", { model: "a" });
    await client.forkConversation("c", "m");
    expect(server.seen.map((request) => JSON.parse(request.body) as unknown)).toEqual([
      { message: "Hi", parent_id: null, background: true },
      { model: "a", background: true },
      { message_id: "m" },
    ]);
  });
});

function waitFor(value: string): number | null {
  return retryAfter(new Headers({ "retry-after": value }), Date.parse("2026-01-01T00:00:00Z"));
}

describe("errors", () => {
  test("a problem arrives whole", async () => {
    const body = { ...problem(404, "NOT_FOUND", "No such conversation."), request_id: "r" };
    await using server = await serve((_request, response) => sendJson(response, 404, body));
    const error = await createClient({ baseUrl: server.url })
      .getConversation("c")
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ChatterError);
    expect(error).toMatchObject({ code: "NOT_FOUND", status: 404, problem: body });
  });

  test("an HTML page is not mistaken for an answer", async () => {
    await using server = await serve((_request, response, count) => {
      response.writeHead(count === 0 ? 404 : 200, { "content-type": "text/html" }).end("<p>Hi");
    });
    const client = createClient({ baseUrl: server.url, backoff, maxRetries: 0 });
    for (let turn = 0; turn < 2; turn++) {
      await expect(client.getConversation("c")).rejects.toBeInstanceOf(ConnectionError);
    }
  });

  test("Retry-After is seconds or a date", () => {
    expect(waitFor("3")).toBe(3000);
    expect(waitFor("Thu, 01 Jan 2026 00:00:05 GMT")).toBe(5000);
    expect(waitFor("soon")).toBeNull();
  });
});

describe("trying again", () => {
  test("reading is repeated after a broken connection, a rename is not", async () => {
    await using server = await serve((_request, response, count) => {
      if (count % 2 === 0) response.destroy();
      else sendJson(response, 200, { id: "c" });
    });
    const client = createClient({ baseUrl: server.url, backoff });
    await expect(client.getConversation("c")).resolves.toEqual({ id: "c" });
    await expect(client.updateConversation("c", {})).rejects.toBeInstanceOf(ConnectionError);
  });

  test("a chat is repeated with the key it was given", async () => {
    await using server = await serve((_request, response, count) => {
      if (count === 0) response.destroy();
      else sendJson(response, 200, {});
    });
    const client = createClient({ baseUrl: server.url, backoff });
    await client.chat({ message: "Hi" }, { idempotencyKey: "mine" });
    expect(server.seen.map((request) => request.headers["idempotency-key"])).toEqual([
      "mine",
      "mine",
    ]);
  });

  test("a provider's failure is an outcome, not a reason to ask again", async () => {
    await using server = await serve((_request, response) => {
      response.setHeader("retry-after", "1");
      sendJson(response, 503, problem(503, "PROVIDER_RATE_LIMITED"));
    });
    const failure = createClient({ baseUrl: server.url, backoff }).chat({ message: "Hi" });
    await expect(failure).rejects.toMatchObject({ retryAfterMs: 1000 });
    expect(server.seen).toHaveLength(1);
  });

  test("an answer that takes too long is given up, and the caller's signal wins", async () => {
    await using server = await serve(() => undefined);
    const client = createClient({ baseUrl: server.url, timeoutMs: 30, maxRetries: 0 });
    await expect(client.listModels()).rejects.toBeInstanceOf(ConnectionError);
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(client.listModels({ signal })).rejects.toThrow("enough");
  });
});
