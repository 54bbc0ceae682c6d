/** The Node server around the application. */
import { getRequestListener, RequestError } from "@hono/node-server";
import type { Hono } from "hono";
import { createServer } from "node:http";
import { invalid } from "../workflow/errors.ts";
import type { AppEnv } from "./context.ts";
import { problemHeaders, toProblem } from "./problem.ts";

export interface Listening {
  readonly port: number;
  /** Takes no more connections, and resolves when the open ones are closed; cuts those off that stay. */
  close(): Promise<void>;
}

/** How long connections may take to say goodbye. */
const CLOSE_MS = 2000;

/** The answer to a request whose address makes no sense, so that the application never sees it. */
function refuseAddress(error: unknown): Response | undefined {
  // Everything else is the application's, which answers for its errors itself.
  if (!(error instanceof RequestError)) return undefined;
  const reason = invalid("address", `the path or the Host header is malformed (${error.message})`);
  const problem = toProblem(reason);
  const headers = problemHeaders(problem, reason);
  return new Response(JSON.stringify(problem), { status: problem.status, headers });
}

/** Listens on an address; port 0 takes a free one. Rejects when the address is in use or not ours. */
export async function listen(app: Hono<AppEnv>, host: string, port: number): Promise<Listening> {
  const options = { hostname: host, errorHandler: refuseAddress };
  const answer = getRequestListener(app.fetch, options);
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        const cut = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}
