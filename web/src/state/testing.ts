/** Small messages, runs, workflows and templates for the page's unit tests. */
import type { BranchMessage, ParameterInfo, Run, Template } from "../../../src/client/index.ts";
import type { Catalogue } from "./answer-settings.ts";
import { acceptedMessage } from "./thread/branches.ts";

/** A run of a user message, as far as the page looks at it. */
export function run(id: string, userMessageId: string, status: Run["status"]): Run {
  return {
    id,
    conversation_id: "conv",
    user_message_id: userMessageId,
    message_id: null,
    status,
    error: null,
    created_at: "2026-01-01T00:00:00Z",
  } as Run;
}

export function message(id: string, parentId: string | null): BranchMessage {
  return acceptedMessage(run("run", id, "completed"), id, parentId);
}

function parameter(
  name: string,
  type: ParameterInfo["type"],
  otherwise: ParameterInfo["default"],
): ParameterInfo {
  return { name, type, description: name, minimum: 1, maximum: 20, default: otherwise };
}

export const MEMORY: readonly ParameterInfo[] = [
  parameter("enable_memory", "boolean", false),
  parameter("memory_window", "integer", 20),
];

export const SUPPORT: Template = {
  name: "support",
  workflow_type: "tools",
  description: "Answers tickets",
  default_params: { system_message: "You help.", max_tool_calls: 2 },
  required_tools: ["search"],
  required_retrievers: [],
  tool_approval: { search: "always" },
  provider: null,
  model: null,
  profile_id: null,
  version: 3,
  built_in: false,
};

/** Two workflows, one of which calls tools, and a template of it. */
export const CATALOGUE: Catalogue = {
  workflows: [
    { type: "plain", aliases: [], description: "Answers.", required: [], optional: [...MEMORY] },
    {
      type: "tools",
      aliases: [],
      description: "Calls tools.",
      required: ["tools"],
      optional: [
        parameter("system_message", "string", null),
        ...MEMORY,
        parameter("max_tool_calls", "integer", 5),
      ],
    },
  ],
  templates: [SUPPORT],
};
