/** Plans for tests, each whole. */
import type { RunPlan } from "../../contract/runs.ts";

const PLAN: RunPlan = {
  workflow: "plain",
  workflow_template: null,
  template_version: null,
  profile_id: null,
  profile_version: null,
  provider: "scripted",
  model: "scripted",
  fallback_models: [],
  context_tokens: 16_384,
  temperature: null,
  max_tokens: null,
  system_message: null,
  enable_memory: false,
  memory_window: 20,
  retrieval: null,
  tools: null,
  on_disconnect: "continue",
  a_b_test_group: null,
  metadata: {},
};

/** A plan of the plain workflow, but for what is said otherwise. */
export function planOf(changes: Partial<RunPlan> = {}): RunPlan {
  return { ...PLAN, ...changes };
}

/** The part of a plan that makes it one of the `tools` workflow. */
export function withTools(
  names: readonly string[],
  limits: Partial<Omit<NonNullable<RunPlan["tools"]>, "names">> = {},
): Pick<RunPlan, "workflow" | "tools"> {
  const tools = {
    names: [...names],
    max_tool_calls: 5,
    tool_timeout_ms: 60_000,
    approval: {},
    approval_rule: "policy" as const,
    ...limits,
  };
  return { workflow: "tools", tools };
}
