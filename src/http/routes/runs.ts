/** Runs: what they are, their events, and stopping them. */
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Hono } from "hono";
import { endpoints } from "../../contract/endpoints.ts";
import { parseEventId } from "../../contract/events.ts";
import { toWireRun } from "../../runs/response.ts";
import type { ChatService } from "../../runs/service.ts";
import type { Store } from "../../workflow/ports/store.ts";
import type { AppEnv } from "../context.ts";
import { route } from "../route.ts";
import type { OpenStreams } from "../streams.ts";

export function runRoutes(
  app: Hono<AppEnv>,
  ports: { service: ChatService; store: Store; streams: OpenStreams },
): void {
  const { service, store, streams } = ports;

  route(app, endpoints.listRuns, async ({ query, principal }) => {
    const page = await store.runs.list(principal.userId, query);
    return { ...page, data: page.data.map(toWireRun) };
  });

  route(app, endpoints.getRun, async ({ params, principal }) =>
    toWireRun(await service.get(principal.userId, params.id)),
  );

  route(app, endpoints.readEvents, async ({ params, query, headers, principal, context }) => {
    // A browser that reconnects keeps the address it began with and adds the header: the header is newer.
    const from = headers["last-event-id"] ?? query.after;
    const after = from === undefined ? null : parseEventId(from);
    const connection = streams.open(context.env.outgoing);
    try {
      const reader = await service.read(principal.userId, params.id, after, connection.signal);
      await connection.writeEvents(reader, { "x-run-id": params.id });
    } finally {
      connection.close();
    }
    return RESPONSE_ALREADY_SENT;
  });

  route(app, endpoints.cancelRun, async ({ params, principal }) =>
    toWireRun(await service.cancel(principal.userId, params.id)),
  );

  route(app, endpoints.listApprovals, async ({ params, principal }) => ({
    data: await service.approvals(principal.userId, params.id),
    next_cursor: null,
  }));

  route(app, endpoints.decideApproval, async ({ params, body, principal: { userId, keyId } }) =>
    toWireRun(await service.decide(userId, params.id, body, keyId ?? userId)),
  );
}
