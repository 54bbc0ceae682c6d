/** The port of the desk: what may be done with tickets. */
import type { Conversation } from "../../contract/conversations.ts";
import type { Ticket, TicketChange, TicketQuery } from "../../contract/tickets.ts";
import type { PageOf } from "./page.ts";
import type { NewTicket } from "./stores/tickets.ts";

/** Tickets and escalations, as tools and clients make them. Whoever is to hear of a change does so once it is durable. */
export interface TicketDesk {
  /** Opens a ticket. The same call of the same run gives the same ticket, however often it is made. */
  open(ownerId: string, ticket: Omit<NewTicket, "id" | "content_hash">): Promise<Ticket>;
  list(ownerId: string, query: TicketQuery): Promise<PageOf<Ticket>>;
  /** Throws a `NotFoundError`. */
  get(ownerId: string, id: string): Promise<Ticket>;
  /** Throws a `NotFoundError`. */
  change(ownerId: string, id: string, changes: TicketChange): Promise<Ticket>;
  /**
   * Marks a conversation for a person. One that is marked already stays as it is; `isNew` says which. Throws a
   * `NotFoundError`.
   */
  escalate(
    ownerId: string,
    conversationId: string,
    reason: string,
  ): Promise<{ readonly conversation: Conversation; readonly isNew: boolean }>;
}
