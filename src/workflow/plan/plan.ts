/**
 * Planning: a request, what it refers to, its conversation and what exists go in; a frozen, validated plan or every
 * error at once comes out. Pure: nothing happens here.
 */
import type { RegenerateRequest } from "../../contract/chat.ts";
import type { FieldError } from "../../contract/problems.ts";
import type { RunPlan } from "../../contract/runs.ts";
import type { Template } from "../../contract/templates.ts";
import { planApproval } from "../tool-calls/approval.ts";
import {
  WorkflowConfigurationError,
  type WorkflowError,
  WorkflowValidationError,
} from "../errors.ts";
import { type Available, unknownProvider } from "./available.ts";
import { freeze } from "./freeze.ts";
import { groupOf } from "./groups.ts";
import type { References } from "./references.ts";
import { type ChosenTools, chooseTools, chooseRetriever, missingOfTemplate } from "./resources.ts";
import type { WorkflowRules } from "./rules.ts";
import { chooseModel, first, type PlanConversation, type Source, toSources } from "./sources.ts";
import { WorkflowValidator } from "./validator.ts";

export interface PlanInput {
  readonly userId: string;
  /** The options of a request; defaults are applied here, so what is absent stays absent until now. */
  readonly request: RegenerateRequest;
  readonly conversation: PlanConversation;
  readonly references: References;
  readonly available: Available;
}

/** A plan, or what is wrong: never both. */
export type Planned =
  | { readonly plan: RunPlan; readonly errors: readonly [] }
  | { readonly plan: null; readonly errors: readonly WorkflowError[] };

/** For models whose context nobody knows, in tokens. */
const UNKNOWN_CONTEXT_TOKENS = 16_384;

/** Rules between the options themselves, whatever the workflow is. */
function optionErrors(request: RegenerateRequest): WorkflowValidationError[] {
  if (request.stream !== true || request.background !== true) return [];
  const message = "contradicts stream: a run in the background is read at /runs/{id}/events";
  return [new WorkflowValidationError(`background ${message}.`, [{ path: "background", message }])];
}

/** What a request asks for and this workflow would not do: ignoring it would be worse than refusing it. */
function idleOptions(
  request: RegenerateRequest,
  workflow: string,
  { required }: WorkflowRules,
): WorkflowValidationError[] {
  if (required.includes("retriever")) return [];
  const asked = (["document_ids", "retriever"] as const).filter(
    (name) => (request[name] ?? null) !== null,
  );
  if (asked.length === 0) return [];
  const message = `has no effect: the ${workflow} workflow looks nothing up; use rag or full`;
  const errors = asked.map((path): FieldError => ({ path, message }));
  return [new WorkflowValidationError(`${asked.join(" and ")}: ${message}.`, errors)];
}

/** A template and another workflow in one request contradict each other. */
function contradiction(
  { workflow }: RegenerateRequest,
  template: Template | null,
): WorkflowConfigurationError[] {
  if (!template || !workflow || workflow === template.workflow_type) return [];
  const message = `contradicts the template "${template.name}", whose workflow is ${template.workflow_type}`;
  return [
    new WorkflowConfigurationError(`The workflow ${workflow} ${message}. Send one of the two.`, {
      workflowType: workflow,
      errors: [{ path: "workflow", message }],
    }),
  ];
}

function fallbackErrors(sources: readonly Source[], available: Available): WorkflowError[] {
  return (first(sources, "fallback_models") ?? []).flatMap(({ provider }, index) =>
    unknownProvider(provider, available, `fallback_models.${index}.provider`),
  );
}

function toPlan(input: PlanInput, chosen: Chosen): RunPlan {
  const { request, available, references, userId } = input;
  const { sources, template, retriever, tools, workflow } = chosen;
  const { provider, model } = chosen.model;
  const known = available.providers.get(provider);
  const answering = model ?? known?.defaultModel ?? "default";
  return freeze({
    workflow,
    workflow_template: template?.name ?? null,
    template_version: template?.version ?? null,
    profile_id: references.profile?.id ?? null,
    profile_version: references.profile?.version ?? null,
    provider,
    model: answering,
    fallback_models: (first(sources, "fallback_models") ?? []).map((ref) => ({ ...ref })),
    context_tokens: known?.contextTokens?.(answering) ?? UNKNOWN_CONTEXT_TOKENS,
    temperature: first(sources, "temperature"),
    max_tokens: first(sources, "max_tokens"),
    system_message: first(sources, "system_message"),
    enable_memory: first(sources, "enable_memory") ?? false,
    memory_window: first(sources, "memory_window") ?? 1,
    retrieval:
      retriever === null
        ? null
        : {
            retriever,
            document_ids: request.document_ids ? [...request.document_ids] : null,
            max_documents: first(sources, "max_documents") ?? 1,
            similarity_threshold: first(sources, "similarity_threshold"),
            required: first(sources, "retrieval_required") ?? true,
          },
    tools:
      tools === null
        ? null
        : {
            names: [...tools.names],
            max_tool_calls: first(sources, "max_tool_calls") ?? 1,
            // Whole: a timer takes nothing else.
            tool_timeout_ms: Math.round((first(sources, "tool_timeout") ?? 1) * 1000),
            approval: planApproval(
              tools.names,
              available.toolPolicy,
              available.toolApproval,
              template?.tool_approval ?? {},
            ),
            approval_rule: available.toolApproval,
            ...(tools.search && { search: true }),
          },
    on_disconnect: request.on_disconnect ?? "continue",
    a_b_test_group: groupOf(userId, available.abTestGroups),
    metadata: { ...request.metadata },
  });
}

interface Chosen {
  readonly workflow: string;
  readonly template: Template | null;
  readonly sources: readonly Source[];
  readonly model: { readonly provider: string; readonly model: string | null };
  readonly retriever: string | null;
  readonly tools: ChosenTools | null;
}

/** Makes the plan of a run, or names everything that stands in its way. */
export function plan(input: PlanInput): Planned {
  const { request, conversation, references, available } = input;
  const { defaults } = available;
  const { template } = references;
  const sources = toSources({
    request,
    template,
    profile: references.profile,
    conversation,
    defaults,
  });
  const model = chooseModel(sources, available.defaultProvider);
  const errors: WorkflowError[] = [
    ...optionErrors(request),
    ...references.missing,
    ...unknownProvider(model.provider, available),
    ...fallbackErrors(sources, available),
  ];
  // Without its template nobody knows what the run was to be.
  const unknown = request.workflow_template && !template && !request.workflow;
  if (unknown) return { plan: null, errors };

  const workflow =
    request.workflow ??
    template?.workflow_type ??
    conversation?.workflow ??
    defaults.workflow ??
    "plain";
  const validator = new WorkflowValidator(available.workflows);
  const rules = available.workflows.get(workflow);
  if (!rules) {
    errors.push(validator.unknownWorkflow(workflow, "workflow"));
    return { plan: null, errors };
  }
  const retriever = chooseRetriever(rules, request, template, available);
  const tools = chooseTools(rules, request, template, available);
  errors.push(
    ...contradiction(request, template),
    ...validator.checkParameters(workflow, request.workflow_config ?? {}, "workflow_config"),
    ...idleOptions(request, workflow, rules),
    ...missingOfTemplate(template, available),
    ...retriever.errors,
    ...tools.errors,
    ...validator.checkResources(workflow, {
      // What is unknown has been named already.
      retriever: retriever.name ?? retriever.errors.length > 0,
      tools: tools.errors.length > 0 ? true : tools.chosen?.names,
    }),
  );
  if (errors.length > 0) return { plan: null, errors };
  const chosen = {
    workflow,
    template,
    sources,
    model,
    retriever: retriever.name,
    tools: tools.chosen,
  };
  return { plan: toPlan(input, chosen), errors: [] };
}
