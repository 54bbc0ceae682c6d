/** Tools, and what they leave behind: tickets. */
import { z } from "zod";
import { id, listOf } from "../text.ts";
import { Ticket, TicketChange, TicketQuery } from "../tickets.ts";
import { ToolCallAnswer, ToolCallRequest, ToolInfo, ToolName } from "../tools.ts";
import { endpoint } from "./endpoint.ts";

const TicketParams = z.object({ id: id("tkt") });

export const toolEndpoints = {
  listTools: endpoint({
    method: "GET",
    path: "/tools",
    summary: "All tools by name, what each may do, and where it comes from",
    tag: "tools",
    answers: { 200: listOf(ToolInfo) },
  }),
  callTool: endpoint({
    method: "POST",
    path: "/tools/{name}/call",
    summary: "Try a tool, outside any conversation, within the limits that runs have",
    tag: "tools",
    params: z.object({ name: ToolName }),
    body: ToolCallRequest,
    answers: { 200: ToolCallAnswer },
    errors: ["NOT_FOUND", "WORKFLOW_CONFIG_ERROR"],
  }),
  listTickets: endpoint({
    method: "GET",
    path: "/tickets",
    summary: "Your tickets, newest first",
    tag: "tickets",
    query: TicketQuery,
    answers: { 200: listOf(Ticket) },
  }),
  getTicket: endpoint({
    method: "GET",
    path: "/tickets/{id}",
    summary: "One ticket",
    tag: "tickets",
    params: TicketParams,
    answers: { 200: Ticket },
    errors: ["NOT_FOUND"],
  }),
  updateTicket: endpoint({
    method: "PATCH",
    path: "/tickets/{id}",
    summary: "Change a ticket; what is absent stays",
    tag: "tickets",
    params: TicketParams,
    body: TicketChange,
    answers: { 200: Ticket },
    errors: ["NOT_FOUND"],
  }),
} as const;
