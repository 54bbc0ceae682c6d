/** Retrievers: named views over collections, and their searches. */
import type { Hono } from "hono";
import { endpoints } from "../../contract/endpoints.ts";
import type { RetrieverLibrary } from "../../workflow/ports/library.ts";
import type { AppEnv } from "../context.ts";
import { listByName } from "../names.ts";
import { route } from "../route.ts";
import type { OpenStreams } from "../streams.ts";

export function retrieverRoutes(
  app: Hono<AppEnv>,
  ports: { readonly retrievers: RetrieverLibrary; readonly streams: OpenStreams },
): void {
  const { retrievers, streams } = ports;

  route(app, endpoints.listRetrievers, ({ query, principal }) =>
    listByName(query, (after, limit) => retrievers.list(principal.userId, after, limit)),
  );

  route(app, endpoints.createRetriever, ({ body, principal }) =>
    retrievers.create(principal.userId, body),
  );

  route(app, endpoints.getRetriever, ({ params, principal }) =>
    retrievers.get(principal.userId, params.name),
  );

  route(app, endpoints.replaceRetriever, ({ params, body, principal }) =>
    retrievers.replace(principal.userId, params.name, body),
  );

  route(app, endpoints.deleteRetriever, async ({ params, principal }) => {
    await retrievers.delete(principal.userId, params.name);
    return null;
  });

  route(app, endpoints.search, async ({ params, body, principal, context }) => {
    // Whoever leaves does not keep the server searching.
    const connection = streams.open(context.env.outgoing);
    try {
      return await retrievers.search(principal.userId, params.name, body, connection.signal);
    } finally {
      connection.close();
    }
  });
}
