/** Conversations and their branches. */
import type { Hono } from "hono";
import type { Conversation } from "../../contract/conversations.ts";
import { endpoints } from "../../contract/endpoints.ts";
import { UNTITLED } from "../../runs/accept/accept.ts";
import { toWireMessage } from "../../runs/attempt/answer.ts";
import { readBranch } from "../../runs/conversations/branch.ts";
import { forkConversation } from "../../runs/conversations/fork.ts";
import type { Planner } from "../../runs/accept/planner.ts";
import type { ChatService } from "../../runs/service.ts";
import { combine, NotFoundError } from "../../workflow/errors.ts";
import { newId } from "../../workflow/ids.ts";
import type { Store } from "../../workflow/ports/store.ts";
import type { AppEnv } from "../context.ts";
import { toMarkdown } from "../wire/markdown.ts";
import { route } from "../route.ts";

function found(conversation: Conversation | null, id: string): Conversation {
  if (!conversation) throw new NotFoundError(`Conversation ${id}`);
  return conversation;
}

interface ConversationPorts {
  readonly store: Store;
  readonly service: ChatService;
  readonly planner: Planner;
}

export function conversationRoutes(app: Hono<AppEnv>, ports: ConversationPorts): void {
  const { store, service, planner } = ports;

  route(app, endpoints.listConversations, ({ query, principal }) =>
    store.conversations.list(principal.userId, query),
  );

  route(app, endpoints.createConversation, async ({ body, principal }) => {
    const errors = await planner.checkSettings(principal.userId, null, body);
    if (errors.length > 0) throw combine(errors);
    const id = newId("conv");
    return store.conversations.create(principal.userId, {
      ...body,
      id,
      title: body.title ?? UNTITLED,
    });
  });

  route(app, endpoints.getConversation, async ({ params, principal }) =>
    found(await store.conversations.get(principal.userId, params.id), params.id),
  );

  route(app, endpoints.updateConversation, async ({ params, body, principal }) => {
    const { userId } = principal;
    const current = found(await store.conversations.get(userId, params.id), params.id);
    const { escalated: _, ...settings } = body;
    const errors = await planner.checkSettings(userId, current, settings);
    if (errors.length > 0) throw combine(errors);
    return found(await store.conversations.update(userId, params.id, body), params.id);
  });

  route(app, endpoints.deleteConversation, async ({ params, principal }) => {
    await service.deleteConversation(principal.userId, params.id);
    return null;
  });

  branchRoutes(app, ports);
}

function branchRoutes(app: Hono<AppEnv>, { store }: ConversationPorts): void {
  route(app, endpoints.listMessages, ({ params, query, principal }) =>
    readBranch(store, principal.userId, params.id, query),
  );

  route(app, endpoints.forkConversation, ({ params, body, principal }) =>
    forkConversation(store, principal.userId, params.id, body.message_id),
  );

  route(app, endpoints.exportConversation, async ({ params, query, principal, context }) => {
    const { userId } = principal;
    const conversation = found(await store.conversations.get(userId, params.id), params.id);
    const extension = query.format === "json" ? "json" : "md";
    context.header("content-disposition", `attachment; filename="${params.id}.${extension}"`);
    if (query.format === "json") {
      const messages = await store.messages.all(userId, params.id);
      return { conversation, messages: messages.map(toWireMessage) };
    }
    const leaf = await store.messages.newest(userId, params.id);
    const messages = leaf
      ? await store.messages.window(userId, leaf.id, conversation.message_count)
      : [];
    return context.body(toMarkdown(conversation, messages), 200, {
      "content-type": "text/markdown; charset=utf-8",
    });
  });
}
