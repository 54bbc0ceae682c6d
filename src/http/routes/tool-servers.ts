/** Tool servers: everybody sees them, an administrator changes them, and a browser comes back with what it was given. */
import type { Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { API_BASE, endpoints } from "../../contract/endpoints.ts";
import type { ToolServerLibrary } from "../../workflow/ports/tool-servers.ts";
import { requireScope } from "../authenticate.ts";
import type { AppContext, AppEnv, Principal } from "../context.ts";
import { listByName } from "../names.ts";
import { isExpected, toProblem } from "../problem.ts";
import { route } from "../route.ts";

interface ToolServerRoutePorts {
  readonly toolServers: ToolServerLibrary;
  readonly publicUrl: string | null;
  readonly onError: (error: unknown, requestId: string) => void;
}

const CALLBACK = `${API_BASE}/tool-servers/oauth/callback`;

/** Addresses, names of headers and errors tell where things are in a network: they are for administrators. */
function viewOf(principal: Principal): { admin: boolean } {
  return { admin: principal.scopes.has("admin") };
}

export function toolServerRoutes(
  app: Hono<AppEnv>,
  { toolServers, publicUrl }: ToolServerRoutePorts,
): void {
  route(app, endpoints.listToolServers, ({ query, principal }) =>
    listByName(query, (after, limit) => toolServers.list(viewOf(principal), after, limit)),
  );

  route(app, endpoints.createToolServer, async ({ body, principal }) => {
    requireScope(principal, "admin");
    return toolServers.create(body);
  });

  route(app, endpoints.getToolServer, ({ params, principal }) =>
    toolServers.get(viewOf(principal), params.name),
  );

  route(app, endpoints.updateToolServer, async ({ params, body, principal }) => {
    requireScope(principal, "admin");
    return toolServers.update(params.name, body);
  });

  route(app, endpoints.deleteToolServer, async ({ params, principal }) => {
    requireScope(principal, "admin");
    await toolServers.delete(params.name);
    return null;
  });

  route(app, endpoints.connectToolServer, async ({ params, principal }) => {
    requireScope(principal, "admin");
    return toolServers.connect(params.name);
  });

  route(app, endpoints.authorizeToolServer, async ({ params, principal, context }) => {
    requireScope(principal, "admin");
    const base = publicUrl ?? new URL(context.req.url).origin;
    return toolServers.authorize(params.name, { redirectUrl: base + CALLBACK });
  });
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}

function page(c: AppContext, status: number, title: string, text: string): Response {
  const html =
    '<!doctype html><html lang="en"><meta charset="utf-8">' +
    '<meta name="viewport" content="width=device-width">' +
    `<title>${escape(title)}</title><h1>${escape(title)}</h1><p>${escape(text)}</p>` +
    '<p><a href="/tools">Back to the tools</a></p></html>';
  return c.body(html, status as ContentfulStatusCode, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
  });
}

/**
 * Where an authorization server sends the browser back to. A browser brings no key: what it is known by is the state, which
 * only an administrator was given, once. Bound before whatever asks for keys.
 */
export function authorizationCallback(
  app: Hono<AppEnv>,
  { toolServers, onError }: ToolServerRoutePorts,
): void {
  app.get(CALLBACK, async (c) => {
    try {
      const name = await toolServers.finishAuthorization(new URL(c.req.url).searchParams);
      return page(c, 200, "Authorized", `The tool server ${name} may be used. You can close this.`);
    } catch (error) {
      if (!isExpected(error)) onError(error, c.get("requestId"));
      const { status, detail } = toProblem(error);
      return page(c, status, "Not authorized", detail);
    }
  });
}
