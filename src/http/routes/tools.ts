/** Tools: what there is, and a way to try it. */
import type { Hono } from "hono";
import { endpoints } from "../../contract/endpoints.ts";
import type { ToolLibrary } from "../../workflow/ports/tool-library.ts";
import type { AppEnv } from "../context.ts";
import { route } from "../route.ts";
import type { OpenStreams } from "../streams.ts";

export function toolRoutes(
  app: Hono<AppEnv>,
  ports: { readonly tools: ToolLibrary; readonly streams: OpenStreams },
): void {
  const { tools, streams } = ports;

  route(app, endpoints.listTools, () => Promise.resolve({ data: tools.list(), next_cursor: null }));

  route(app, endpoints.callTool, async ({ params, body, principal, context }) => {
    // Whoever leaves does not keep the tool at work.
    const connection = streams.open(context.env.outgoing);
    try {
      return await tools.call(principal.userId, params.name, body.arguments, connection.signal);
    } finally {
      connection.close();
    }
  });
}
