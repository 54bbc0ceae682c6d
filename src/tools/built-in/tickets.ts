/** Tools that hand something to people: a ticket, or the whole conversation. */
import { z } from "zod";
import { TicketDescription, TicketPriority, TicketTitle } from "../../contract/tickets.ts";
import { text } from "../../contract/text.ts";
import type { TicketDesk } from "../../workflow/ports/tickets.ts";
import type { Tool } from "../../workflow/ports/tools.ts";
import { defineTool } from "../../workflow/tools.ts";

function createTicketTool(desk: TicketDesk): Tool {
  return defineTool({
    name: "create_ticket",
    description:
      "Opens a ticket for the people who see to what cannot be solved in this conversation.",
    parameters: z.strictObject({
      title: TicketTitle.describe("the matter in one line"),
      description: TicketDescription.optional().describe("everything that helps to solve it"),
      priority: TicketPriority.optional().describe("default normal"),
    }),
    effect: "write",
    trusted: true,
    execute: async ({ title, description = "", priority = "normal" }, context) => {
      const { id, status } = await desk.open(context.userId, {
        title,
        description,
        priority,
        conversation_id: context.conversationId,
        run_id: context.runId,
        tool_call_id: context.toolCallId,
      });
      return { ticket_id: id, status, priority };
    },
  });
}

function escalateTool(desk: TicketDesk): Tool {
  return defineTool({
    name: "escalate",
    description:
      "Hands this conversation over to a person. Use it when the user asks for one, or when you cannot help.",
    parameters: z.strictObject({
      reason: text(1, 1000).describe("why a person is needed, for whoever takes over"),
    }),
    effect: "write",
    trusted: true,
    execute: async ({ reason }, { userId, conversationId }) => {
      if (conversationId === null) {
        throw new Error("there is no conversation to hand over: call it from within one");
      }
      const { conversation, isNew } = await desk.escalate(userId, conversationId, reason);
      const { created_at = null } = conversation.escalation ?? {};
      return { escalated: true, already: !isNew, since: created_at };
    },
  });
}

/** Makes the tools that open tickets and hand conversations over. */
export function ticketTools(desk: TicketDesk): readonly Tool[] {
  return [createTicketTool(desk), escalateTool(desk)];
}
