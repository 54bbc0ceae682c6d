/** The port of tickets, as they are stored. */
import type {
  Ticket,
  TicketChange,
  TicketPriority,
  TicketQuery,
} from "../../../contract/tickets.ts";
import type { PageOf } from "../page.ts";

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
