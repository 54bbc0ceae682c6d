/** Tickets. They are opened by a tool; here they are read and changed. */
import type { Hono } from "hono";
import { endpoints } from "../../contract/endpoints.ts";
import type { TicketDesk } from "../../workflow/ports/tickets.ts";
import type { AppEnv } from "../context.ts";
import { route } from "../route.ts";

export function ticketRoutes(
  app: Hono<AppEnv>,
  { tickets }: { readonly tickets: TicketDesk },
): void {
  route(app, endpoints.listTickets, ({ query, principal }) =>
    tickets.list(principal.userId, query),
  );

  route(app, endpoints.getTicket, ({ params, principal }) =>
    tickets.get(principal.userId, params.id),
  );

  route(app, endpoints.updateTicket, ({ params, body, principal }) =>
    tickets.change(principal.userId, params.id, body),
  );
}
