/** A tool server on loopback that lets in whoever has a token, and its authorization server in the same place. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { AuthorizationServer } from "./authorization.ts";

export interface GuardedServer extends AsyncDisposable {
  /** Where its tools are. */
  readonly url: string;
  readonly origin: string;
  readonly authorization: AuthorizationServer;
  /** The headers of all requests to the tools, newest last. */
  readonly seen: IncomingMessage["headers"][];
  /** Null: tokens; else the value that the header x-api-key must have. */
  apiKey: string | null;
  /** Where it says that its authorization server is; null: here. */
  authorizationServer: string | null;
}

type Json = Record<string, unknown>;

function send(response: ServerResponse, status: number, body: Json | null, headers = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(body === null ? "" : JSON.stringify(body));
}

/** What the protocol needs at the least: to begin, to list, to call. */
function answerTo(message: Json): Json | null {
  const { id, method } = message;
  const params = (message["params"] ?? {}) as Json;
  const result = (value: Json): Json => ({ jsonrpc: "2.0", id, result: value });
  if (id === undefined) return null;
  if (method === "initialize") {
    return result({
      protocolVersion: params["protocolVersion"],
      capabilities: { tools: {} },
      serverInfo: { name: "guarded", version: "1" },
    });
  }
  if (method === "ping") return result({});
  if (method === "tools/list") {
    const schema = { type: "object", properties: { text: { type: "string" } } };
    return result({ tools: [{ name: "echo", description: "Echoes.", inputSchema: schema }] });
  }
  if (method === "tools/call") {
    const { text: said } = params["arguments"] as { text: string };
    return result({ content: [{ type: "text", text: `echo: ${said}` }] });
  }
  return { jsonrpc: "2.0", id, error: { code: -32_601, message: "Method not found" } };
}

/** Starts one; it is closed with the block that uses it. */
export async function startGuardedServer(): Promise<GuardedServer> {
  const authorization = new AuthorizationServer();
  const guarded = {
    apiKey: null as string | null,
    authorizationServer: null as string | null,
    seen: [] as IncomingMessage["headers"][],
  };

  function tools(request: IncomingMessage, response: ServerResponse, body: string): void {
    guarded.seen.push(request.headers);
    const token = (request.headers.authorization ?? "").replace(/^Bearer /, "");
    const allowed =
      guarded.apiKey === null
        ? authorization.accepts(token)
        : request.headers["x-api-key"] === guarded.apiKey;
    if (!allowed) {
      const metadata = `${origin}/.well-known/oauth-protected-resource/mcp`;
      const challenge = `Bearer resource_metadata="${metadata}", scope="tools"`;
      return send(response, 401, { error: "unauthorized" }, { "www-authenticate": challenge });
    }
    if (request.method !== "POST") return send(response, 405, null);
    const answer = answerTo(JSON.parse(body) as Json);
    if (answer) send(response, 200, answer);
    else send(response, 202, null);
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", origin);
    const body = await text(request);
    switch (url.pathname) {
      case "/mcp":
        return tools(request, response, body);
      case "/.well-known/oauth-protected-resource/mcp":
        return send(response, 200, {
          resource: `${origin}/mcp`,
          authorization_servers: [guarded.authorizationServer ?? origin],
        });
      case "/.well-known/oauth-authorization-server":
        return send(response, 200, authorization.metadata(origin));
      case "/register": {
        const { status, body: answer } = authorization.register(JSON.parse(body) as Json);
        return send(response, status, answer);
      }
      case "/authorize": {
        const location = authorization.authorize(url.searchParams, origin);
        return void response.writeHead(302, { location }).end();
      }
      case "/token": {
        const { authorization: header } = request.headers;
        const { status, body: answer } = authorization.token(new URLSearchParams(body), header);
        return send(response, status, answer);
      }
      default:
        return send(response, 404, { error: "not_found" });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
  return Object.assign(guarded, {
    url: `${origin}/mcp`,
    origin,
    authorization,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
