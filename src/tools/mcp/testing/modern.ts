/** A tool server of the newest revision of the protocol, made with its official package; over stdio when it is run. */
import { serve } from "@hono/node-server";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";

export const MODERN = import.meta.filename;

/** A server with `shout`, which answers in capitals, and as data; and with tools of these names beside it. */
function modernServer(names: readonly string[]): McpServer {
  const server = new McpServer(
    { name: "modern", version: "1" },
    { capabilities: { tools: { listChanged: true } } },
  );
  server.registerTool(
    "shout",
    {
      description: "Says it louder.",
      inputSchema: z.object({ text: z.string() }),
      outputSchema: z.object({ loud: z.string() }),
      annotations: { readOnlyHint: true },
    },
    ({ text }) => {
      const loud = text.toUpperCase();
      return { content: [{ type: "text", text: loud }], structuredContent: { loud } };
    },
  );
  for (const name of names) {
    server.registerTool(name, { description: "Fails." }, () => {
      return { content: [{ type: "text", text: "out of paper" }], isError: true };
    });
  }
  return server;
}

export interface ModernServer {
  readonly url: string;
  /** Offers these tools beside `shout`, and says that its list has changed. */
  offer(names: readonly string[]): void;
  close(): Promise<void>;
}

/** Starts it over HTTP, on a port of its own. */
export async function startModern(): Promise<ModernServer> {
  let names: readonly string[] = [];
  const handler = createMcpHandler(() => modernServer(names));
  const { promise: listening, resolve } = Promise.withResolvers<number>();
  const options = { fetch: (request: Request) => handler.fetch(request), port: 0 };
  const http = serve({ ...options, hostname: "127.0.0.1" }, ({ port }) => resolve(port));
  return {
    url: `http://127.0.0.1:${await listening}/mcp`,
    offer: (offered) => {
      names = offered;
      handler.notify.toolsChanged();
    },
    close: async () => {
      await handler.close();
      await new Promise((done) => http.close(done));
    },
  };
}

if (process.argv[1] === MODERN) serveStdio(() => modernServer(["broken"]));
