/** Tickets and escalations over the store; who is to hear of them does so through a job of the same transaction. */
import { createHash } from "node:crypto";
import type { Conversation } from "../../contract/conversations.ts";
import type { Ticket, TicketChange, TicketQuery } from "../../contract/tickets.ts";
import { NotFoundError } from "../../workflow/errors.ts";
import { newId } from "../../workflow/ids.ts";
import type { PageOf } from "../../workflow/ports/page.ts";
import type { Store, StoreTransaction } from "../../workflow/ports/store.ts";
import type { NewTicket } from "../../workflow/ports/stores/tickets.ts";
import type { TicketDesk } from "../../workflow/ports/tickets.ts";
import { enqueueEvent, type WebhookEventType } from "./webhook.ts";

export interface TicketDeskPorts {
  readonly store: Store;
  /** Says that there is something to be told; null where nobody is to hear of tickets. */
  readonly wake: (() => void) | null;
}

/** The same for the same words, however often they are asked for. */
function hashOf({ title, description, priority }: Omit<NewTicket, "id" | "content_hash">): string {
  const text = JSON.stringify([title, description, priority]);
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}

export class StoredTicketDesk implements TicketDesk {
  readonly #store: Store;
  readonly #wake: (() => void) | null;

  constructor({ store, wake }: TicketDeskPorts) {
    this.#store = store;
    this.#wake = wake;
  }

  async open(ownerId: string, asked: Omit<NewTicket, "id" | "content_hash">): Promise<Ticket> {
    const ticket: NewTicket = { ...asked, id: newId("tkt"), content_hash: hashOf(asked) };
    return this.#telling(async (tx, tell) => {
      const created = await tx.tickets.create(ownerId, ticket);
      if (created) {
        await tell("ticket.created", { ...created, user_id: ownerId });
        return created;
      }
      const known = await tx.tickets.ofCall(ownerId, ticket);
      if (!known) throw new Error("A ticket of the same call is neither there nor can be made.");
      return known;
    });
  }

  list(ownerId: string, query: TicketQuery): Promise<PageOf<Ticket>> {
    return this.#store.tickets.list(ownerId, query);
  }

  async get(ownerId: string, id: string): Promise<Ticket> {
    const ticket = await this.#store.tickets.get(ownerId, id);
    if (!ticket) throw new NotFoundError(`Ticket ${id}`);
    return ticket;
  }

  change(ownerId: string, id: string, changes: TicketChange): Promise<Ticket> {
    return this.#telling(async (tx, tell) => {
      const ticket = await tx.tickets.update(ownerId, id, changes);
      if (!ticket) throw new NotFoundError(`Ticket ${id}`);
      await tell("ticket.updated", { ...ticket, user_id: ownerId });
      return ticket;
    });
  }

  escalate(
    ownerId: string,
    conversationId: string,
    reason: string,
  ): Promise<{ conversation: Conversation; isNew: boolean }> {
    return this.#telling(async (tx, tell) => {
      const marked = await tx.conversations.escalate(ownerId, conversationId, reason);
      if (marked) {
        const { id, title, escalation } = marked;
        const data = { conversation_id: id, title, ...escalation, user_id: ownerId };
        await tell("conversation.escalated", data);
        return { conversation: marked, isNew: true };
      }
      const conversation = await tx.conversations.get(ownerId, conversationId);
      if (!conversation) throw new NotFoundError(`Conversation ${conversationId}`);
      return { conversation, isNew: false };
    });
  }

  /** One transaction; what it tells is on its way once it is durable. */
  async #telling<T>(
    work: (
      tx: StoreTransaction,
      tell: (type: WebhookEventType, data: unknown) => Promise<void>,
    ) => Promise<T>,
  ): Promise<T> {
    const wake = this.#wake;
    const result = await this.#store.transaction((tx) =>
      work(tx, async (type, data) => {
        if (wake) await enqueueEvent(tx.jobs, type, data);
      }),
    );
    wake?.();
    return result;
  }
}
