/** A run at its beginning, for tests of what stands around its steps. */
import type { RunPlan } from "../../contract/runs.ts";
import type { RunContext } from "../ports/middleware.ts";
import type { ConversationState } from "../state.ts";

export const CONTEXT: RunContext = {
  runId: "run_1",
  attempt: 1,
  plan: {} as RunPlan,
  signal: new AbortController().signal,
};

export const STATE: ConversationState = {
  messages: [],
  user_id: "ann",
  conversation_id: "conv_1",
  retrieval_context: null,
  tool_calls: [],
  metadata: {},
  conversation_summary: null,
  parent_conversation_id: null,
  branch_id: null,
  memory_context: null,
  workflow_template: null,
  a_b_test_group: null,
};
