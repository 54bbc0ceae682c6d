/** A server for tests that answers each JSON request as it is told. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface JsonRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
  /** Counts the requests, from 0. */
  readonly index: number;
}

export interface JsonAnswer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** An object is sent as JSON, a string as it is. */
  readonly body: unknown;
}

export interface JsonServer {
  readonly url: URL;
  readonly requests: readonly JsonRequest[];
  close(): Promise<void>;
}

function send(response: ServerResponse, { status = 200, headers, body }: JsonAnswer): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

/** Starts a server on a free port. An answer of null is none: the request hangs. */
export async function startJsonServer(
  answer: (request: JsonRequest) => JsonAnswer | null | Promise<JsonAnswer | null>,
): Promise<JsonServer> {
  const requests: JsonRequest[] = [];
  const server = createServer((incoming, response) => {
    void (async () => {
      const parts: Buffer[] = [];
      for await (const part of incoming as AsyncIterable<Buffer>) parts.push(part);
      const request = {
        path: incoming.url ?? "",
        headers: incoming.headers,
        body: JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>,
        index: requests.length,
      };
      requests.push(request);
      const answered = await answer(request);
      if (answered) send(response, answered);
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}/v1`),
    requests,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
