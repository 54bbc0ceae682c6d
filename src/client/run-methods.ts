/** The methods that ask for answers, follow them and stop them. */
import type { ChatResponse } from "../contract/chat.ts";
import type { Run } from "../contract/runs.ts";
import type { PostOptions, RunMethods } from "./methods.ts";
import { type NumberedEvent, streamEvents, type StreamOptions } from "./stream.ts";
import { type ApiRequest, path, type Transport } from "./transport.ts";

/** Builds them over a transport. */
export function createRunMethods(transport: Transport): RunMethods {
  const { json } = transport;
  const begin = (
    request: ApiRequest,
    options: StreamOptions,
  ): AsyncGenerator<NumberedEvent, void, undefined> =>
    streamEvents(transport, { first: request, runId: null, after: null }, options);
  return {
    chat: (request, options) => json<ChatResponse>(post("/chat", request, options)),
    chatInBackground: (request, options) =>
      json<Run>(post("/chat", { ...request, background: true }, options)),
    stream: (request, options = {}) =>
      begin(post("/chat", { ...request, stream: true }, options), options),
    regenerate: (id, request = {}, options) =>
      json<ChatResponse>(post(path`/messages/${id}/regenerate`, request, options)),
    regenerateInBackground: (id, request = {}, options) =>
      json<Run>(post(path`/messages/${id}/regenerate`, { ...request, background: true }, options)),
    streamRegenerate: (id, request = {}, options = {}) =>
      begin(post(path`/messages/${id}/regenerate`, { ...request, stream: true }, options), options),
    events: (runId, options = {}) =>
      streamEvents(transport, { first: null, runId, after: options.after ?? null }, options),
    listRuns: (query, options) =>
      json({
        method: "GET",
        path: "/runs",
        query: { ...query },
        ...options,
      }),
    getRun: (id, options) => json({ method: "GET", path: path`/runs/${id}`, ...options }),
    listApprovals: (id, options) =>
      json({ method: "GET", path: path`/runs/${id}/approvals`, ...options }),
    decideApproval: (id, body, options) =>
      json({ method: "POST", path: path`/runs/${id}/approvals`, body, ...options }),
    cancelRun: (id, options) =>
      json({ method: "POST", path: path`/runs/${id}/cancel`, ...options }),
  };
}

/** A POST that may be sent again: the server does the work once for each key. */
function post(address: string, body: object, options: PostOptions = {}): ApiRequest {
  return {
    method: "POST",
    path: address,
    body,
    headers: { "idempotency-key": options.idempotencyKey ?? newKey() },
    signal: options.signal,
    // An answer takes as long as it takes; the server has its own limits.
    timeoutMs: null,
  };
}

/** `crypto.randomUUID` is missing on pages served over plain HTTP from another machine. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
