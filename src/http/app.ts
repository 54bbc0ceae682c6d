/** The HTTP application: its layers, from the outermost in, and its routes. */
import { randomUUID } from "node:crypto";
import { Hono, type MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { API_BASE } from "../contract/endpoints.ts";
import type { Planner } from "../runs/accept/planner.ts";
import type { ChatService } from "../runs/service.ts";
import { NotFoundError } from "../workflow/errors.ts";
import type { DocumentLibrary, RetrieverLibrary } from "../workflow/ports/library.ts";
import type { Provider } from "../workflow/ports/model.ts";
import type { Store } from "../workflow/ports/store.ts";
import type { TicketDesk } from "../workflow/ports/tickets.ts";
import type { ToolLibrary } from "../workflow/ports/tool-library.ts";
import type { ToolServerLibrary } from "../workflow/ports/tool-servers.ts";
import type { WorkflowTemplateManager } from "../workflow/templates/manager.ts";
import { type AuthSettings, authenticate, guardLocalMode } from "./authenticate.ts";
import type { AppContext, AppEnv } from "./context.ts";
import type { Metrics } from "./metrics.ts";
import { isExpected, problemHeaders, toProblem } from "./problem.ts";
import { chatRoutes } from "./routes/chat.ts";
import { conversationRoutes } from "./routes/conversations.ts";
import { documentRoutes } from "./routes/documents.ts";
import { keyRoutes } from "./routes/keys.ts";
import { messageRoutes } from "./routes/messages.ts";
import { pageRoutes } from "./routes/page.ts";
import { profileRoutes } from "./routes/profiles.ts";
import { providerRoutes } from "./routes/providers.ts";
import { retrieverRoutes } from "./routes/retrievers.ts";
import { runRoutes } from "./routes/runs.ts";
import { systemRoutes } from "./routes/system.ts";
import { templateRoutes } from "./routes/templates.ts";
import { ticketRoutes } from "./routes/tickets.ts";
import { toolRoutes } from "./routes/tools.ts";
import { authorizationCallback, toolServerRoutes } from "./routes/tool-servers.ts";
import { workflowRoutes } from "./routes/workflows.ts";
import type { OpenRequests } from "./requests.ts";
import type { OpenStreams } from "./streams.ts";

/** One line of the request log: what is on the list and nothing else, so that no text of a user gets into it. */
interface RequestRecord {
  readonly request_id: string;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly duration_ms: number;
  readonly user_id: string | null;
}

export interface AppPorts {
  readonly store: Store;
  readonly service: ChatService;
  readonly streams: OpenStreams;
  readonly requests: OpenRequests;
  readonly planner: Planner;
  readonly templates: WorkflowTemplateManager;
  readonly documents: DocumentLibrary;
  readonly retrievers: RetrieverLibrary;
  readonly tools: ToolLibrary;
  readonly tickets: TicketDesk;
  readonly toolServers: ToolServerLibrary;
  /** As browsers reach this server, without a slash at its end; null: as they asked. */
  readonly publicUrl: string | null;
  readonly defaultProvider: string;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly metrics: Metrics;
  readonly auth: AuthSettings;
  readonly version: string;
  /** Where the built page is. */
  readonly pageRoot: string;
  readonly isDraining: () => boolean;
  readonly onRequest: (record: RequestRecord) => void;
  /** An error that clients see masked. */
  readonly onError: (error: unknown, requestId: string) => void;
}

const REQUEST_ID = /^[\w.:-]{1,128}$/;

function routePattern(c: AppContext): string {
  const route = matchedRoutes(c).findLast(({ path }) => !path.endsWith("*"));
  return route?.path ?? "unknown";
}

/** Gives each request an id, and writes it down when its answer is out. */
function observe(ports: AppPorts): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const since = performance.now();
    const given = c.req.header("x-request-id");
    const requestId = given && REQUEST_ID.test(given) ? given : randomUUID();
    c.set("requestId", requestId);
    c.env.outgoing.setHeader("x-request-id", requestId);
    c.env.outgoing.setHeader("x-content-type-options", "nosniff");
    c.env.outgoing.setHeader("referrer-policy", "no-referrer");
    // Who comes again comes over a new connection, which leads to another server where there is one.
    if (ports.isDraining()) c.env.outgoing.setHeader("connection", "close");
    c.env.outgoing.once("close", () => {
      const duration = performance.now() - since;
      const { statusCode } = c.env.outgoing;
      const route = routePattern(c);
      ports.metrics.request(c.req.method, route, statusCode, duration / 1000);
      ports.onRequest({
        request_id: requestId,
        method: c.req.method,
        route,
        status: statusCode,
        duration_ms: Math.round(duration),
        user_id: c.get("principal")?.userId ?? null,
      });
    });
    await ports.requests.track(next());
  };
}

function answerError(ports: AppPorts, error: unknown, c: AppContext): Response {
  const requestId = c.get("requestId");
  if (!isExpected(error)) ports.onError(error, requestId);
  const problem = toProblem(error, { instance: c.req.path, requestId });
  const headers = problemHeaders(problem, error);
  // What is left of a body that was refused is not read: the connection cannot be used again.
  if (problem.code === "PAYLOAD_TOO_LARGE") headers["connection"] = "close";
  return c.body(JSON.stringify(problem), problem.status as ContentfulStatusCode, headers);
}

/** Puts the application together; it serves requests when a Node server hands them to its `fetch`. */
export function createApp(ports: AppPorts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(observe(ports));
  app.onError((error, c) => answerError(ports, error, c));
  app.notFound((c) => answerError(ports, new NotFoundError(`${c.req.method} ${c.req.path}`), c));

  if (ports.auth.mode === "local") app.use(guardLocalMode());
  systemRoutes(app, ports);
  pageRoutes(app, ports.pageRoot);

  authorizationCallback(app, ports);
  app.use(`${API_BASE}/*`, authenticate(ports.store.keys, ports.auth));
  chatRoutes(app, ports);
  runRoutes(app, ports);
  conversationRoutes(app, ports);
  messageRoutes(app, ports);
  keyRoutes(app, ports);
  workflowRoutes(app, ports);
  templateRoutes(app, ports);
  profileRoutes(app, ports);
  providerRoutes(app, ports);
  documentRoutes(app, ports);
  retrieverRoutes(app, ports);
  toolRoutes(app, ports);
  ticketRoutes(app, ports);
  toolServerRoutes(app, ports);
  return app;
}
