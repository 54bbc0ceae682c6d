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

/** Who has said hello, and who listens. */
class Sessions {
  readonly #ids = new Set<string>();
  readonly listeners = new Set<ServerResponse>();

  begin(): string {
    const id = randomUUID();
    this.#ids.add(id);
    return id;
  }

  knows(id: unknown): boolean {
    return this.#ids.has(String(id));
  }

  end(id: unknown): void {
    this.#ids.delete(String(id));
  }

  forget(): void {
    this.#ids.clear();
  }

  listen(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    this.listeners.add(response);
    response.on("close", () => this.listeners.delete(response));
  }
}

async function answer(
  server: FakeServer,
  sessions: Sessions,
  message: Message,
  response: ServerResponse,
): Promise<void> {
  if (message.id === undefined) {
    response.writeHead(202).end();
    return;
  }
  const result = await resultOf(server, message);
  const error = { code: -32_601, message: "Method not found" };
  const outcome = result === undefined ? { error } : { result };
  const session = message.method === "initialize" && { "mcp-session-id": sessions.begin() };
  response.writeHead(200, { "content-type": "application/json", ...session });
  response.end(JSON.stringify({ jsonrpc: "2.0", id: message.id, ...outcome }));
}

async function handle(
  server: FakeServer,
  sessions: Sessions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { authorization, "mcp-session-id": session } = request.headers;
  const message = request.method === "POST" ? (JSON.parse(await text(request)) as Message) : null;
  if (server.token !== null && authorization !== `Bearer ${server.token}`) {
    response.writeHead(401).end();
    return;
  }
  if (message) server.requests.push(message.method);
  if (message?.method === "server/discover") {
    response.writeHead(400).end("No session.");
  } else if (message?.method !== "initialize" && !sessions.knows(session)) {
    response.writeHead(404).end("Session not found");
  } else if (message) {
    await answer(server, sessions, message, response);
  } else if (request.method === "GET") {
    sessions.listen(response);
  } else {
    sessions.end(session);
    response.writeHead(200).end();
  }
}

/** Starts it on a port of its own. Close it at the end of the test. */
export async function fakeServer(): Promise<FakeServer> {
  const sessions = new Sessions();
  const http = createServer((request, response) => {
    handle(server, sessions, request, response).catch(() => response.destroy());
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
      for (const each of sessions.listeners) each.write(`event: message\ndata: ${data}\n\n`);
      return sessions.listeners.size > 0;
    },
    forget: () => sessions.forget(),
    close: async () => {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  return server;
}
