/** The tickets that were opened: filtered, paged, changed. */
import type { Client, Ticket, TicketChange } from "../../../src/client/index.ts";
import { createStore, type Store } from "../api/store.ts";
import { createPagedList, type PagedList } from "./paged-list.ts";

/** The filter is the status; null for all. */
export interface TicketList extends PagedList<Ticket, Ticket["status"] | null> {
  /** Rejects when the server refuses; the list then stays as it was. */
  readonly update: (id: string, change: TicketChange) => Promise<Ticket>;
  /** The last thing that a person asked for that did not work; null when it is dismissed. */
  readonly problem: Store<unknown>;
}

/** Builds the list over a client. */
export function createTicketList(client: Client): TicketList {
  const list = createPagedList<Ticket, Ticket["status"] | null>(null, (status, page) =>
    client.listTickets({ ...page, ...(status !== null && { status }) }),
  );
  return {
    ...list,
    problem: createStore<unknown>(null),
    update: async (id, change) => {
      const changed = await client.updateTicket(id, change);
      const { items } = list.state.get();
      // One that is changed stays in sight, also where the filter would no longer find it.
      list.state.patch({ items: items.map((one) => (one.id === id ? changed : one)) });
      return changed;
    },
  };
}
