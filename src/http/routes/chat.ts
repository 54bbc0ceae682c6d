/** Starting runs: a message, or another answer to one; as events, as one body, or in the background. */
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Hono } from "hono";
import type { ChatRequest, RegenerateRequest } from "../../contract/chat.ts";
import { API_BASE, endpoints } from "../../contract/endpoints.ts";
import type { AdmittedRun } from "../../runs/accept/admission.ts";
import { isWaiting, toWireRun } from "../../runs/response.ts";
import type { ChatService } from "../../runs/service.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { rateLimitHeaders } from "../rate-limit.ts";
import { route } from "../route.ts";
import type { OpenStreams } from "../streams.ts";

function runHeaders({ run, replayed, limits }: AdmittedRun): Record<string, string> {
  return {
    ...rateLimitHeaders(limits),
    "x-run-id": run.id,
    "x-conversation-id": run.conversation_id,
    location: `${API_BASE}/runs/${run.id}/events`,
    ...(replayed && { "idempotent-replayed": "true" }),
  };
}

/** Answers with a run in the form that its request asked for. */
async function answerWith(
  c: AppContext,
  ports: { service: ChatService; streams: OpenStreams },
  admitted: AdmittedRun,
  options: Pick<ChatRequest, "stream" | "background" | "on_disconnect">,
): Promise<Response> {
  const { service, streams } = ports;
  const { run } = admitted;
  const headers = runHeaders(admitted);
  if (options.background === true) return c.json(toWireRun(run), 202, headers);

  const connection = streams.open(c.env.outgoing);
  if (options.on_disconnect === "cancel") {
    connection.onGone(() => service.cancel(run.owner_id, run.id));
  }
  if (options.stream === true) {
    await connection.writeEvents(service.follow(run, connection.signal), headers);
    return RESPONSE_ALREADY_SENT;
  }
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  const answer = await service.answer(run, connection.signal);
  connection.close();
  if (answer === null) return RESPONSE_ALREADY_SENT;
  // It may take longer than any connection lasts until somebody has decided.
  return isWaiting(answer) ? c.json(toWireRun(answer), 202) : c.json(answer);
}

export function chatRoutes(
  app: Hono<AppEnv>,
  ports: { service: ChatService; streams: OpenStreams },
): void {
  route(app, endpoints.chat, async ({ body, headers, principal, context }) => {
    const request: ChatRequest = body;
    const key = headers["idempotency-key"] ?? null;
    const accepted = await ports.service.send(principal.userId, request, key);
    return answerWith(context, ports, accepted, request);
  });

  route(app, endpoints.regenerate, async ({ params, body, headers, principal, context }) => {
    const request: RegenerateRequest = body;
    const key = headers["idempotency-key"] ?? null;
    const accepted = await ports.service.regenerate(principal.userId, params.id, request, key);
    return answerWith(context, ports, accepted, request);
  });
}
