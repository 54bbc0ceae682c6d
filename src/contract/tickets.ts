/** Tickets: what people are to see to, opened by the tool `create_ticket`. */
import { z } from "zod";
import { id, Page, text, Timestamp } from "./text.ts";

export const TicketStatus = z.enum(["open", "in_progress", "resolved", "closed"]);
export type TicketStatus = z.infer<typeof TicketStatus>;

export const TicketPriority = z.enum(["low", "normal", "high", "urgent"]);
export type TicketPriority = z.infer<typeof TicketPriority>;

export const TicketTitle = text(1, 200);
export const TicketDescription = text(0, 20_000);

export const Ticket = z
  .object({
    id: id("tkt"),
    title: z.string(),
    description: z.string(),
    status: TicketStatus,
    priority: TicketPriority,
    conversation_id: id("conv")
      .nullable()
      .describe("the conversation it was opened in; null for a call by hand"),
    run_id: id("run").nullable(),
    tool_call_id: z.string().describe("the call that opened it"),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: "Ticket" });
export type Ticket = z.infer<typeof Ticket>;

/** What is absent stays. */
export const TicketChange = z
  .strictObject({
    status: TicketStatus,
    priority: TicketPriority,
    title: TicketTitle,
    description: TicketDescription,
  })
  .partial()
  .meta({ id: "TicketChange" });
export type TicketChange = z.infer<typeof TicketChange>;

export const TicketQuery = Page.extend({
  status: TicketStatus.optional(),
  conversation_id: id("conv").optional(),
});
export type TicketQuery = z.infer<typeof TicketQuery>;
