/**
 * Planning: a request, its conversation and what exists go in; a frozen, validated plan or every error at once
 * comes out. Pure: nothing happens here. Precedence, for each parameter: request, conversation, configuration,
 * default.
 */
import type { RegenerateRequest } from "../contract/chat.ts";
import type { Conversation } from "../contract/conversations.ts";
import type { FieldError } from "../contract/problems.ts";
import type { RunPlan } from "../contract/runs.ts";
import type { WorkflowType } from "../contract/workflows.ts";
import { WorkflowConfigurationError, WorkflowValidationError } from "./errors.ts";

export const DEFAULT_MEMORY_WINDOW = 20;

/** What exists on this server: what a plan may refer to. */
export interface Available {
  /** Models by provider: the one that answers where none is named. */
  readonly providers: ReadonlyMap<string, { readonly defaultModel: string }>;
  readonly defaultProvider: string;
}

/** The part of a conversation that a plan looks at; null for a new one. */
export type PlanConversation = Pick<
  Conversation,
  "system_prompt" | "provider" | "model" | "workflow"
> | null;

/** The options of a request that belong to features which this version does not have yet. */
const UNAVAILABLE: readonly (keyof RegenerateRequest)[] = [
  "profile_id",
  "workflow_template",
  "workflow_config",
  "document_ids",
  "retriever",
  "enable_memory",
  "allowed_tools",
  "max_tool_calls",
];

/** `false`, `{}` and an absent field ask for nothing, and so are no error. */
function asksForSomething(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false;
  return typeof value !== "object" || Array.isArray(value) || Object.keys(value).length > 0;
}

/** Names every option of a feature that does not exist here: accepted and ignored would be worse. */
export function unavailableOptions(options: Readonly<Record<string, unknown>>): FieldError[] {
  return UNAVAILABLE.filter((name) => asksForSomething(options[name])).map((path) => ({
    path,
    message: "is not available in this version of Chatter; leave it out",
  }));
}

function checkOptions(request: RegenerateRequest): void {
  const errors = unavailableOptions(request);
  if (request.stream === true && request.background === true) {
    errors.push({
      path: "background",
      message: "contradicts stream: a run in the background is read at /runs/{id}/events",
    });
  }
  if (errors.length > 0) {
    const text = errors.map(({ path, message }) => `${path} ${message}`).join("; ");
    throw new WorkflowValidationError(`The request cannot be met: ${text}.`, errors);
  }
}

/** What each workflow needs beyond a model. */
const REQUIRED: Readonly<Record<WorkflowType, readonly string[]>> = {
  plain: [],
  rag: ["retriever"],
  tools: ["tools"],
  full: ["retriever", "tools"],
};

/** Throws a `WorkflowConfigurationError` when this server lacks what the workflow needs. */
export function checkWorkflow(workflow: WorkflowType): void {
  const missing = REQUIRED[workflow];
  if (missing.length === 0) return;
  throw new WorkflowConfigurationError(
    `The ${workflow} workflow needs ${missing.join(" and ")}, which this version of Chatter does not have. Use plain.`,
    { workflowType: workflow, missingParameter: missing.join(", ") },
  );
}

/** Throws a `WorkflowConfigurationError` that lists the known providers when this one is unknown. */
export function checkProvider(provider: string, available: Available): void {
  if (available.providers.has(provider)) return;
  const known = [...available.providers.keys()].join(", ");
  const message = `must be one of ${known}`;
  throw new WorkflowConfigurationError(
    `There is no provider "${provider}". Known providers: ${known}.`,
    { errors: [{ path: "provider", message }] },
  );
}

/**
 * Which model answers. A model belongs to the provider that it was named with: whoever names another provider
 * without a model gets that provider's own.
 */
function chooseModel(
  request: RegenerateRequest,
  conversation: PlanConversation,
  available: Available,
): { provider: string; model: string } {
  const provider = request.provider ?? conversation?.provider ?? available.defaultProvider;
  checkProvider(provider, available);
  const kept = provider === (conversation?.provider ?? available.defaultProvider);
  const model =
    request.model ??
    (kept ? conversation?.model : null) ??
    available.providers.get(provider)?.defaultModel ??
    "default";
  return { provider, model };
}

/**
 * Makes the plan of a run. Throws a `WorkflowValidationError` that names every wrong option, or a
 * `WorkflowConfigurationError` when something that was asked for does not exist.
 */
export function plan(
  request: RegenerateRequest,
  conversation: PlanConversation,
  available: Available,
): RunPlan {
  checkOptions(request);
  const workflow = request.workflow ?? conversation?.workflow ?? "plain";
  checkWorkflow(workflow);
  return Object.freeze({
    workflow,
    workflow_template: null,
    ...chooseModel(request, conversation, available),
    temperature: request.temperature ?? null,
    max_tokens: request.max_tokens ?? null,
    system_message: request.system_prompt_override ?? conversation?.system_prompt ?? null,
    enable_memory: false,
    memory_window: request.memory_window ?? DEFAULT_MEMORY_WINDOW,
    retrieval: null,
    tools: null,
    on_disconnect: request.on_disconnect ?? "continue",
    metadata: Object.freeze(request.metadata ?? {}),
  });
}
