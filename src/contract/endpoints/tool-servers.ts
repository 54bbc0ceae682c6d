/** Tool servers over the API: only HTTP servers, and only an administrator changes them. */
import { z } from "zod";
import { listOf, Page } from "../text.ts";
import {
  Authorization,
  ToolServer,
  ToolServerChange,
  ToolServerName,
  ToolServerRequest,
} from "../tool-servers.ts";
import { endpoint } from "./endpoint.ts";

const ToolServerParams = z.object({ name: ToolServerName });

export const toolServerEndpoints = {
  listToolServers: endpoint({
    method: "GET",
    path: "/tool-servers",
    summary: "Tool servers by name, with their status and their tools",
    tag: "tool servers",
    query: Page,
    answers: { 200: listOf(ToolServer) },
  }),
  createToolServer: endpoint({
    method: "POST",
    path: "/tool-servers",
    summary: "A new tool server, by its address; for administrators",
    tag: "tool servers",
    body: ToolServerRequest,
    answers: { 201: ToolServer },
    errors: ["CONFLICT", "WORKFLOW_CONFIG_ERROR"],
  }),
  getToolServer: endpoint({
    method: "GET",
    path: "/tool-servers/{name}",
    summary: "One tool server",
    tag: "tool servers",
    params: ToolServerParams,
    answers: { 200: ToolServer },
    errors: ["NOT_FOUND"],
  }),
  updateToolServer: endpoint({
    method: "PATCH",
    path: "/tool-servers/{name}",
    summary: "Change fields of a tool server; for administrators",
    tag: "tool servers",
    params: ToolServerParams,
    body: ToolServerChange,
    answers: { 200: ToolServer },
    errors: ["CONFLICT", "NOT_FOUND", "WORKFLOW_CONFIG_ERROR"],
  }),
  deleteToolServer: endpoint({
    method: "DELETE",
    path: "/tool-servers/{name}",
    summary: "Delete a tool server with its secrets; for administrators",
    tag: "tool servers",
    params: ToolServerParams,
    answers: { 204: null },
    errors: ["CONFLICT", "NOT_FOUND"],
  }),
  connectToolServer: endpoint({
    method: "POST",
    path: "/tool-servers/{name}/connect",
    summary: "Connect to a tool server now, and say how that went; for administrators",
    tag: "tool servers",
    params: ToolServerParams,
    answers: { 200: ToolServer },
    errors: ["CONFLICT", "NOT_FOUND"],
  }),
  authorizeToolServer: endpoint({
    method: "POST",
    path: "/tool-servers/{name}/authorize",
    summary: "Begin an OAuth authorization: answers the address to open; for administrators",
    tag: "tool servers",
    params: ToolServerParams,
    answers: { 200: Authorization },
    errors: ["CONFLICT", "NOT_FOUND", "WORKFLOW_CONFIG_ERROR"],
  }),
} as const;
