/** A tool server of revision 2025-11-25 over streamable HTTP that does as a test says. */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";

interface Message {
  readonly id?: number;
  readonly method: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

export interface FakeServer {
  readonly url: string;
  /** The methods of all messages, in the order in which they came. */
  readonly requests: string[];
  /** The arguments of all calls. */
  readonly calls: unknown[];
  /** What it offers; nothing of it is checked. */
  tools: unknown[];
  pageSize: number;
  /** True: the last page leads back to the first one. */
  circular: boolean;
  /** What is asked for in the header `Authorization`; null: nothing. */
  token: string | null;
  /** The result of a call. */
  answer: (args: Readonly<Record<string, unknown>>) => unknown;
  /** Sends a notification to all who listen; false when nobody does. */
  notify(method: string): boolean;
  /** Forgets all sessions. */
  forget(): void;
  close(): Promise<void>;
}

const ECHO = {
  name: "echo",
  description: "Says what it is told.",
  inputSchema: {
    type: "object",
    properties: { text: { type: "string" } },
    required: ["text"],
    additionalProperties: false,
  },
};

const INITIALIZED = {
  protocolVersion: "2025-11-25",
  capabilities: { tools: { listChanged: true } },
  serverInfo: { name: "fake", version: "1" },
};

function page({ tools, pageSize, circular }: FakeServer, cursor: unknown): unknown {
  const from = Number(cursor ?? 0);
  const to = from + pageSize;
  const next = to < tools.length ? String(to) : circular ? "0" : undefined;
  return { tools: tools.slice(from, to), ...(next !== undefined && { nextCursor: next }) };
}

/** The result of a request; undefined where there is none of this method. */
async function resultOf(server: FakeServer, { method, params = {} }: Message): Promise<unknown> {
  if (method === "initialize") return INITIALIZED;
  if (method === "tools/list") return page(server, params["cursor"]);
  if (method !== "tools/call") return undefined;
  const args = (params["arguments"] ?? {}) as Record<string, unknown>;
  server.calls.push(args);
  return server.answer(args);
}

/** Starts it on a port of its own. Close it at the end of the test. */
export async function fakeServer(): Promise<FakeServer> {
  const sessions = new Set<string>();
  const listeners = new Set<ServerResponse>();
  const http = createServer((request, response) => {
    void handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const address = http.address();
  const port = typeof address === "object" ? address?.port : 0;
  const server: FakeServer = {
    url: `http://127.0.0.1:${port}/mcp`,
    requests: [],
    calls: [],
    tools: [ECHO],
    pageSize: 1000,
    circular: false,
    token: null,
    answer: ({ text: said }) => ({ content: [{ type: "text", text: said }] }),
    notify: (method) => {
      const data = JSON.stringify({ jsonrpc: "2.0", method });
      for (const listener of listeners) listener.write(`event: message\ndata: ${data}\n\n`);
      return listeners.size > 0;
    },
    forget: () => sessions.clear(),
    close: async () => {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  const listen = (response: ServerResponse): void => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    listeners.add(response);
    response.on("close", () => listeners.delete(response));
  };
  const answer = async (message: Message, response: ServerResponse): Promise<void> => {
    if (message.id === undefined) return void response.writeHead(202).end();
    const result = await resultOf(server, message);
    const session = message.method === "initialize" ? randomUUID() : null;
    if (session !== null) sessions.add(session);
    const error = { code: -32_601, message: "Method not found" };
    const body = {
      jsonrpc: "2.0",
      id: message.id,
      ...(result === undefined ? { error } : { result }),
    };
    const headers = { ...(session !== null && { "mcp-session-id": session }) };
    response
      .writeHead(200, { "content-type": "application/json", ...headers })
      .end(JSON.stringify(body));
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { authorization, "mcp-session-id": session } = request.headers;
    if (server.token !== null && authorization !== `Bearer ${server.token}`) {
      return void response.writeHead(401).end();
    }
    const message = request.method === "POST" ? (JSON.parse(await text(request)) as Message) : null;
    if (message) server.requests.push(message.method);
    if (message?.method === "server/discover")
      return void response.writeHead(400).end("No session.");
    if (message?.method !== "initialize" && !sessions.has(String(session))) {
      return void response.writeHead(404).end("Session not found");
    }
    if (message) return answer(message, response);
    if (request.method === "GET") return listen(response);
    sessions.delete(String(session));
    response.writeHead(200).end();
  };
  return server;
}
