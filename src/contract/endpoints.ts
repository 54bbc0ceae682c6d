/**
 * Every route under `/api/v1`, declared once: the server implements this table, the client calls it,
 * and the OpenAPI document is generated from it.
 */
import { conversationEndpoints } from "./endpoints/conversations.ts";
import { knowledgeEndpoints } from "./endpoints/knowledge.ts";
import { runEndpoints } from "./endpoints/runs.ts";
import { systemEndpoints } from "./endpoints/system.ts";
import { toolServerEndpoints } from "./endpoints/tool-servers.ts";
import { toolEndpoints } from "./endpoints/tools.ts";
import { workflowEndpoints } from "./endpoints/workflows.ts";

export type { Endpoint } from "./endpoints/endpoint.ts";

export const API_BASE = "/api/v1";

export const endpoints = {
  ...runEndpoints,
  ...conversationEndpoints,
  ...workflowEndpoints,
  ...knowledgeEndpoints,
  ...toolServerEndpoints,
  ...toolEndpoints,
  ...systemEndpoints,
} as const;
