/** An HTTP server for tests that plays a chat-completions server, its faults included. Only tests import it. */
import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

/** Text or bytes to write as they are, a pause, silence without end, or the socket torn down. */
export type StubStep =
  | string
  | Uint8Array
  | { readonly waitMs: number }
  | typeof HANG
  | typeof DESTROY;

/** Says nothing more, and keeps the connection. */
export const HANG: unique symbol = Symbol("hang");
/** Resets the connection. */
export const DESTROY: unique symbol = Symbol("destroy");

/** What the server does with one request. After the last step the response ends. */
export interface StubAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the headers take, in milliseconds. */
  readonly headersDelayMs?: number;
  readonly steps?: readonly StubStep[];
}

interface StubRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The body, parsed where it is JSON. */
  readonly body: unknown;
  /** Resolves when the response is over or its connection was closed; true if the other side closed it early. */
  readonly closed: Promise<boolean>;
}

/** What a server answers that is asked for its models: there is one, `stub`. */
export const MODEL_LIST: StubAnswer = { steps: [JSON.stringify({ data: [{ id: "stub" }] })] };

export type StubScript = (request: StubRequest, index: number) => StubAnswer;

export interface StubUpstream {
  /** `http://127.0.0.1:<port>/v1` */
  readonly baseUrl: string;
  /** Every request so far, in order. */
  readonly requests: readonly StubRequest[];
  /** How many responses are under way. */
  readonly open: () => number;
  /** How many connections were accepted. */
  readonly connections: () => number;
  /** Closes all connections and frees the port. */
  readonly close: () => Promise<void>;
}

/** Starts a server on a free port of the loopback address. `script` is asked for each request. */
export async function startStubUpstream(script: StubScript): Promise<StubUpstream> {
  const requests: StubRequest[] = [];
  let open = 0;
  let connections = 0;
  const server = createServer((incoming, response) => {
    open++;
    const closed = new Promise<boolean>((resolve) => {
      response.once("close", () => {
        open--;
        resolve(!response.writableFinished);
      });
    });
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const request: StubRequest = {
        method: incoming.method ?? "",
        path: incoming.url ?? "",
        headers: incoming.headers,
        body: parseBody(Buffer.concat(chunks).toString("utf8")),
        closed,
      };
      const index = requests.push(request) - 1;
      play(script(request, index), response).catch((error: unknown) => {
        response.destroy(error as Error);
      });
    });
  });
  server.on("connection", () => connections++);
  await listen(server);
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    open: () => open,
    connections: () => connections,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** One SSE frame; what is not a string is written as JSON. */
export function frame(data: unknown): string {
  return `data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
}

/** A frame with one choice: `delta`, and a finish reason if given. */
export function chunk(
  delta: object,
  finishReason: string | null = null,
  extra: object = {},
): string {
  const choices = [{ index: 0, delta, finish_reason: finishReason }];
  return frame({ id: "c1", object: "chat.completion.chunk", model: "stub", choices, ...extra });
}

export const DONE = "data: [DONE]\n\n";

/** The steps of an ordinary answer: role, one frame a piece, and how it closes. */
export function answerSteps(...pieces: readonly string[]): string[] {
  return [
    chunk({ role: "assistant", content: "" }),
    ...pieces.map((piece) => chunk({ content: piece })),
    ...closingSteps(pieces.length),
  ];
}

/** A tool call that an answer asks for. */
export interface StubCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: object;
}

/** The steps of an answer that asks for tool calls, all in one frame. */
export function callSteps(...calls: readonly StubCall[]): string[] {
  const asked = calls.map(({ id, name, arguments: args }, index) => ({
    index,
    id,
    type: "function",
    function: { name, arguments: JSON.stringify(args) },
  }));
  return [chunk({ role: "assistant", tool_calls: asked }), chunk({}, "tool_calls"), DONE];
}

/** How an ordinary answer of so many tokens closes: finish reason, usage, end marker. */
export function closingSteps(tokens: number): string[] {
  const usage = { prompt_tokens: 7, completion_tokens: tokens, total_tokens: 7 + tokens };
  return [
    chunk({}, "stop"),
    frame({ id: "c1", object: "chat.completion.chunk", model: "stub", choices: [], usage }),
    DONE,
  ];
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
}

async function play(answer: StubAnswer, response: ServerResponse): Promise<void> {
  if (answer.headersDelayMs) await pause(answer.headersDelayMs, response);
  response.writeHead(answer.status ?? 200, {
    "content-type": "text/event-stream",
    ...answer.headers,
  });
  response.flushHeaders();
  for (const step of answer.steps ?? []) {
    if (response.destroyed) return;
    if (step === HANG) return;
    if (step === DESTROY) {
      response.socket?.resetAndDestroy();
      return;
    }
    if (typeof step === "string" || step instanceof Uint8Array) response.write(step);
    else await pause(step.waitMs, response);
  }
  response.end();
}

/** A pause that ends when the other side has left, so that a test leaves no timer behind. */
function pause(ms: number, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      response.off("close", finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    response.once("close", finish);
  });
}
