/** The ports of tickets: their store, and what else may be done with them. */
import type { Conversation } from "../../contract/conversations.ts";
import type { Ticket, TicketChange, TicketPriority, TicketQuery } from "../../contract/tickets.ts";
import type { PageOf } from "./page.ts";

/** A ticket before it is stored. */
export interface NewTicket {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly priority: TicketPriority;
  readonly conversation_id: string | null;
  readonly run_id: string | null;
  readonly tool_call_id: string;
  /** Tells apart what one call id asks for: some models use an id again for another call of the same run. */
  readonly content_hash: string;
}

export interface TicketStore {
  /** Stores a ticket, open; null when the same call of the same run has stored one of this content already. */
  create(ownerId: string, ticket: NewTicket): Promise<Ticket | null>;
  /** The ticket that a call has stored; null when there is none. */
  ofCall(
    ownerId: string,
    call: Pick<NewTicket, "run_id" | "tool_call_id" | "content_hash">,
  ): Promise<Ticket | null>;
  get(ownerId: string, id: string): Promise<Ticket | null>;
  /** Newest first. */
  list(ownerId: string, query: TicketQuery): Promise<PageOf<Ticket>>;
  /** Changes what is there, and nothing else; null when there is none. */
  update(ownerId: string, id: string, changes: TicketChange): Promise<Ticket | null>;
}

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
