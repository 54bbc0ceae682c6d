/** The methods for tools and tickets, as their users see them. */
import type { Ticket, TicketChange, TicketStatus } from "../contract/tickets.ts";
import type { ToolCallAnswer, ToolInfo } from "../contract/tools.ts";
import type { ListPage, PageQuery } from "./lists.ts";
import { type CallOptions, path, type Transport } from "./transport.ts";

export interface TicketListQuery extends PageQuery {
  readonly status?: TicketStatus | null;
  readonly conversation_id?: string | null;
}

/** Tools and tickets. All reject with a ChatterError or a ConnectionError. */
export interface ToolMethods {
  /** All tools by name, what each may do, and where it comes from. */
  listTools(options?: CallOptions): Promise<ListPage<ToolInfo>>;
  /** Tries a tool, outside any conversation. What goes wrong in the tool is an answer. Never tried twice. */
  callTool(
    name: string,
    args: Readonly<Record<string, unknown>>,
    options?: CallOptions,
  ): Promise<ToolCallAnswer>;
  /** Newest first. */
  listTickets(query?: TicketListQuery, options?: CallOptions): Promise<ListPage<Ticket>>;
  getTicket(id: string, options?: CallOptions): Promise<Ticket>;
  /** What is absent stays. */
  updateTicket(id: string, changes: TicketChange, options?: CallOptions): Promise<Ticket>;
}

/** Binds the methods to a server. */
export function createToolMethods({ json }: Transport): ToolMethods {
  return {
    listTools: (options) => json({ method: "GET", path: "/tools", ...options }),
    callTool: (name, args, options) =>
      json({
        method: "POST",
        path: path`/tools/${name}/call`,
        body: { arguments: args },
        ...options,
      }),
    listTickets: (query, options) =>
      json({ method: "GET", path: "/tickets", query: { ...query }, ...options }),
    getTicket: (id, options) => json({ method: "GET", path: path`/tickets/${id}`, ...options }),
    updateTicket: (id, body, options) =>
      json({ method: "PATCH", path: path`/tickets/${id}`, body, ...options }),
  };
}
