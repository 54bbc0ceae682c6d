/** The client: one method for every route of the contract. */
import { createKnowledgeMethods } from "./knowledge-methods.ts";
import type { Client, ResourceMethods } from "./methods.ts";
import { createRunMethods } from "./run-methods.ts";
import { createToolMethods } from "./tools.ts";
import {
  type ClientOptions,
  createTransport,
  path,
  type QueryValue,
  type Transport,
} from "./transport.ts";
import { createToolServerMethods } from "./tool-server-methods.ts";
import { createWorkflowMethods } from "./workflow-methods.ts";

/** A client of one server. Safe in a browser and on a server; it keeps no state between calls. */
export function createClient(options: ClientOptions): Client {
  const transport = createTransport(options);
  return {
    ...createRunMethods(transport),
    ...createWorkflowMethods(transport),
    ...createKnowledgeMethods(transport),
    ...createToolServerMethods(transport),
    ...createToolMethods(transport),
    ...conversationMethods(transport),
    ...otherMethods(transport),
  };
}

type ConversationMethods = Pick<
  ResourceMethods,
  | "listConversations"
  | "createConversation"
  | "getConversation"
  | "updateConversation"
  | "deleteConversation"
  | "listMessages"
  | "forkConversation"
  | "exportConversation"
  | "exportMarkdown"
>;

function conversationMethods({ json, text }: Transport): ConversationMethods {
  return {
    listConversations: (query, options) =>
      json({ method: "GET", path: "/conversations", ...spread(query), ...options }),
    createConversation: (body, options) =>
      json({ method: "POST", path: "/conversations", body, ...options }),
    getConversation: (id, options) =>
      json({ method: "GET", path: path`/conversations/${id}`, ...options }),
    updateConversation: (id, body, options) =>
      json({ method: "PATCH", path: path`/conversations/${id}`, body, ...options }),
    deleteConversation: (id, options) =>
      json({ method: "DELETE", path: path`/conversations/${id}`, ...options }),
    listMessages: (id, query, options) =>
      json({
        method: "GET",
        path: path`/conversations/${id}/messages`,
        ...spread(query),
        ...options,
      }),
    forkConversation: (id, messageId, options) =>
      json({
        method: "POST",
        path: path`/conversations/${id}/fork`,
        body: { message_id: messageId },
        ...options,
      }),
    exportConversation: (id, options) =>
      json({ method: "GET", path: path`/conversations/${id}/export`, ...options }),
    exportMarkdown: (id, options) =>
      text({
        method: "GET",
        path: path`/conversations/${id}/export`,
        query: { format: "markdown" },
        headers: { accept: "text/markdown, application/problem+json" },
        ...options,
      }),
  };
}

function otherMethods({ json, send }: Transport): Omit<ResourceMethods, keyof ConversationMethods> {
  return {
    putFeedback: (id, body, options) =>
      json({ method: "PUT", path: path`/messages/${id}/feedback`, body, ...options }),
    deleteMessage: (id, options) =>
      json({ method: "DELETE", path: path`/messages/${id}`, ...options }),
    listProviders: (options) => json({ method: "GET", path: "/providers", ...options }),
    listModels: (options) => json({ method: "GET", path: "/models", ...options }),
    listKeys: (query, options) =>
      json({ method: "GET", path: "/keys", ...spread(query), ...options }),
    createKey: (body, options) => json({ method: "POST", path: "/keys", body, ...options }),
    deleteKey: (id, options) => json({ method: "DELETE", path: path`/keys/${id}`, ...options }),
    ping: async (options) => {
      const request = {
        method: "GET",
        path: "/healthz",
        unprefixed: true,
        timeoutMs: 5000,
      } as const;
      await send({ ...request, ...options });
    },
  };
}

function spread(query: object | undefined): { query?: Record<string, QueryValue> } {
  return query ? { query: { ...query } } : {};
}
