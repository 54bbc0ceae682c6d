/**
 * Where the parameters of a plan come from. For each parameter the first source that has it decides: request field,
 * `workflow_config`, template, profile, conversation, server configuration, default.
 */
import type { RegenerateRequest } from "../../contract/chat.ts";
import type { Conversation } from "../../contract/conversations.ts";
import type { ModelRef, Profile } from "../../contract/profiles.ts";
import type { Template } from "../../contract/templates.ts";
import type { WorkflowParameters } from "../../contract/workflows.ts";
import { PARAMETER_DEFAULTS } from "./rules.ts";

/** The part of a conversation that a plan looks at; null for a new one. */
export type PlanConversation = Pick<
  Conversation,
  | "system_prompt"
  | "provider"
  | "model"
  | "profile_id"
  | "workflow"
  | "workflow_template"
  | "workflow_config"
> | null;

/** What a source may say; what is absent or null is left to the next one. */
export type Source = { readonly [P in keyof WorkflowParameters]?: WorkflowParameters[P] | null } & {
  readonly provider?: string | null | undefined;
  readonly model?: string | null | undefined;
  readonly fallback_models?: readonly ModelRef[] | null | undefined;
  readonly temperature?: number | null | undefined;
  readonly max_tokens?: number | null | undefined;
};

/** What the server's configuration may say of its runs. */
export interface ServerDefaults extends Omit<Source, "provider" | "model"> {
  readonly workflow?: string | null | undefined;
}

/** Everything that has a word in a plan. */
export interface Sources {
  readonly request: RegenerateRequest;
  readonly template: Template | null;
  readonly profile: Profile | null;
  readonly conversation: PlanConversation;
  readonly defaults: ServerDefaults;
}

function fromRequest(request: RegenerateRequest): Source {
  const { provider, model, temperature, max_tokens, enable_memory, memory_window } = request;
  const { system_prompt_override: system_message, max_tool_calls } = request;
  return {
    provider,
    model,
    temperature,
    max_tokens,
    system_message,
    enable_memory,
    memory_window,
    max_tool_calls,
  };
}

function fromProfile(profile: Profile): Source {
  const { system_prompt, fallback_models, ...settings } = profile;
  return {
    provider: settings.provider,
    model: settings.model,
    temperature: settings.temperature,
    max_tokens: settings.max_tokens,
    system_message: system_prompt,
    fallback_models: fallback_models.length === 0 ? null : fallback_models,
  };
}

function fromConversation({
  provider,
  model,
  system_prompt,
  workflow_config,
}: NonNullable<PlanConversation>): Source {
  return { ...workflow_config, provider, model, system_message: system_prompt };
}

/** The seven sources, the strongest first. `workflow_config` has been checked. */
export function toSources({
  request,
  template,
  profile,
  conversation,
  defaults,
}: Sources): Source[] {
  return [
    fromRequest(request),
    request.workflow_config ?? {},
    template
      ? { ...template.default_params, provider: template.provider, model: template.model }
      : {},
    profile ? fromProfile(profile) : {},
    conversation ? fromConversation(conversation) : {},
    defaults,
    PARAMETER_DEFAULTS,
  ];
}

/** What the first source that knows the parameter says; null where none does. */
export function first<P extends keyof Source>(
  sources: readonly Source[],
  parameter: P,
): NonNullable<Source[P]> | null {
  for (const source of sources) {
    const value = source[parameter];
    if (value !== undefined && value !== null) return value;
  }
  return null;
}

/**
 * Which model answers. A model belongs to the provider that it was named with, or that its source would have got
 * from the sources below it: whoever names another provider without a model gets that provider's own.
 */
export function chooseModel(
  sources: readonly Source[],
  defaultProvider: string,
): { provider: string; model: string | null } {
  const providerFrom = (index: number): string =>
    first(sources.slice(index), "provider") ?? defaultProvider;
  const provider = providerFrom(0);
  const named = sources.find((source, index) => source.model && providerFrom(index) === provider);
  return { provider, model: named?.model ?? null };
}
