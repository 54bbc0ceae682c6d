/** Single messages: feedback and deletion. */
import type { Hono } from "hono";
import { endpoints } from "../../contract/endpoints.ts";
import { ConflictError, NotFoundError } from "../../workflow/errors.ts";
import type { Store } from "../../workflow/ports/store.ts";
import { toWireMessage } from "../../runs/attempt/answer.ts";
import type { AppEnv } from "../context.ts";
import { route } from "../route.ts";

/** Removes a message, unless a run that is under way still needs it. */
async function removeMessage(store: Store, ownerId: string, id: string): Promise<void> {
  await store.transaction(async (tx) => {
    const message = await tx.messages.get(ownerId, id);
    if (!message) throw new NotFoundError(`Message ${id}`);
    await tx.conversations.lock(ownerId, message.conversation_id);
    const underWay = await tx.runs.underWay(ownerId, message.conversation_id);
    const run = underWay.find((candidate) => candidate.user_message_id === id);
    if (run) {
      throw new ConflictError("A run is answering this message. Cancel it first.", {
        run_id: run.id,
      });
    }
    await tx.messages.remove(ownerId, id);
  });
}

export function messageRoutes(app: Hono<AppEnv>, { store }: { store: Store }): void {
  route(app, endpoints.putFeedback, async ({ params, body, principal }) => {
    const message = await store.messages.setFeedback(principal.userId, params.id, body);
    if (!message) throw new NotFoundError(`Message ${params.id}`);
    return toWireMessage(message);
  });

  route(app, endpoints.deleteMessage, async ({ params, principal }) => {
    await removeMessage(store, principal.userId, params.id);
    return null;
  });
}
