/** The templates that come with Chatter. */
import type { Template } from "../../contract/templates.ts";
import { freeze } from "../plan/freeze.ts";

type Definition = Pick<
  Template,
  "workflow_type" | "description" | "default_params" | "required_tools" | "required_retrievers"
>;

function builtIn(name: string, definition: Definition): [string, Template] {
  const none = { provider: null, model: null, profile_id: null, tool_approval: {} };
  return [name, freeze({ name, ...definition, ...none, version: 1, built_in: true })];
}

export const BUILT_IN_TEMPLATES: ReadonlyMap<string, Template> = new Map([
  builtIn("code_assistant", {
    workflow_type: "tools",
    description: "Programming assistant with code tools",
    default_params: {
      enable_memory: true,
      memory_window: 100,
      max_tool_calls: 10,
      system_message: "You are an expert programming assistant.",
    },
    required_tools: ["execute_code", "search_docs", "generate_tests"],
    required_retrievers: [],
  }),
  builtIn("customer_support", {
    workflow_type: "full",
    description: "Customer support with knowledge base and tools",
    default_params: {
      enable_memory: true,
      memory_window: 50,
      max_tool_calls: 5,
      system_message: "You are a helpful customer support assistant.",
    },
    required_tools: ["search_kb", "create_ticket", "escalate"],
    required_retrievers: ["support_docs"],
  }),
  builtIn("research_assistant", {
    workflow_type: "rag",
    description: "Research assistant with document retrieval",
    default_params: {
      enable_memory: true,
      memory_window: 30,
      max_documents: 10,
      system_message:
        "You are a research assistant. Use the provided documents to answer questions.",
    },
    required_tools: [],
    required_retrievers: ["research_docs"],
  }),
]);
