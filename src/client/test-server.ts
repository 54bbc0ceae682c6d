/** A scripted HTTP server for the client's tests: a real socket, and faults on demand. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { RunEvent } from "../contract/events.ts";

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly seen: SeenRequest[];
}

/** Serves on a free port; `handle` gets every request with its number, from 0. */
export async function serve(
  handle: (request: SeenRequest, response: ServerResponse, count: number) => void,
): Promise<TestServer> {
  const seen: SeenRequest[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const request = {
        method: incoming.method ?? "",
        url: incoming.url ?? "",
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString(),
      };
      seen.push(request);
      handle(request, response, seen.length - 1);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const type = status >= 400 ? "application/problem+json" : "application/json";
  response.writeHead(status, { "content-type": type }).end(JSON.stringify(body));
}

export function problem(status: number, code: string, detail = "No."): Record<string, unknown> {
  return { type: `urn:chatter:${code}`, title: code, status, detail, code };
}

/** Frames as the server writes them. */
export function frames(events: readonly (readonly [string, RunEvent])[]): Buffer {
  const text = events.map(
    ([id, event]) => `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`,
  );
  return Buffer.from(text.join(": ping\n\n"));
}

export function startStream(response: ServerResponse, runId?: string): void {
  response.writeHead(200, {
    "content-type": "text/event-stream",
    ...(runId ? { "x-run-id": runId } : {}),
  });
  response.flushHeaders();
}

export const RUN_ID = "run_01ARZ3NDEKTSV4RRFFQ69G5FAV";

/** The events of a small answer, numbered in one attempt. */
export function answer(attempt: number, words: readonly string[]): [string, RunEvent][] {
  const events: RunEvent[] = [
    ...(attempt > 1 ? [{ type: "restart" as const, reason: "the server was restarted" }] : []),
    {
      type: "start",
      run_id: RUN_ID,
      conversation_id: "conv_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      user_message_id: "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV",
      workflow: "plain",
      workflow_template: null,
      provider: "offline",
      model: "offline",
    },
    ...words.map((content): RunEvent => ({ type: "token", content, node: "model" })),
    { type: "end", status: "completed", message_id: null },
  ];
  return events.map((event, index) => [`${attempt}.${index + 1}`, event]);
}
