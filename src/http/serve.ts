/** The Node server around the application. */
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import type { Server } from "node:http";
import type { AppEnv } from "./context.ts";

export interface Listening {
  readonly port: number;
  /** Takes no more connections, and resolves when the open ones are closed; cuts those off that stay. */
  close(): Promise<void>;
}

/** How long connections may take to say goodbye. */
const CLOSE_MS = 2000;

/** Listens on an address; port 0 takes a free one. Rejects when the address is in use or not ours. */
export async function listen(app: Hono<AppEnv>, host: string, port: number): Promise<Listening> {
  const server = createAdaptorServer({ fetch: app.fetch, hostname: host }) as Server;
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
