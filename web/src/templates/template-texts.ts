/** A template, as fields hold it and as the server takes it. */
import type {
  ParameterInfo,
  Profile,
  Template,
  TemplateRequest,
  ToolApproval,
} from "../../../src/client/index.ts";
import { linesOf, FieldReader, textOrNull } from "../forms/texts.ts";
import {
  type AnswerSettings,
  type Catalogue,
  parametersOf,
  templateOf,
} from "../state/answer-settings.ts";
import type { ModelChoice } from "../state/preferences.ts";
import {
  fromParameterTexts,
  type ParameterTexts,
  toParameterTexts,
} from "../workflows/parameters.ts";

/** What a form begins with. */
export type TemplateDraft = Omit<Template, "version" | "built_in">;

export interface TemplateTexts {
  readonly name: string;
  readonly description: string;
  readonly workflow: string;
  readonly parameters: ParameterTexts;
  /** One a line. */
  readonly tools: string;
  readonly retrievers: string;
  /** When a person has to agree: `tool: always`, one a line. */
  readonly approval: string;
  readonly provider: string;
  readonly model: string;
  /** Empty for none. */
  readonly profileId: string;
}

export function toTemplateTexts(template: TemplateDraft): TemplateTexts {
  return {
    name: template.name,
    description: template.description,
    workflow: template.workflow_type,
    parameters: toParameterTexts(template.default_params),
    tools: template.required_tools.join("\n"),
    retrievers: template.required_retrievers.join("\n"),
    approval: Object.entries(template.tool_approval)
      .map(([tool, approval]) => `${tool}: ${approval}`)
      .join("\n"),
    provider: template.provider ?? "",
    model: template.model ?? "",
    profileId: template.profile_id ?? "",
  };
}

/** What the fields say; `parameters` are those of the workflow. Throws an `InputError` for what cannot be read. */
export function fromTemplateTexts(
  texts: TemplateTexts,
  parameters: readonly ParameterInfo[],
): TemplateRequest {
  const reader = new FieldReader();
  const default_params = fromParameterTexts(
    texts.parameters,
    parameters,
    {},
    reader,
    "default_params",
  );
  // Which words there are, the server knows.
  const approval = reader.pairs("tool_approval", texts.approval) as [string, ToolApproval][];
  reader.check();
  return {
    name: texts.name.trim(),
    workflow_type: texts.workflow,
    description: texts.description.trim(),
    default_params,
    required_tools: linesOf(texts.tools),
    required_retrievers: linesOf(texts.retrievers),
    tool_approval: Object.fromEntries(approval),
    provider: textOrNull(texts.provider),
    model: textOrNull(texts.model),
    profile_id: textOrNull(texts.profileId),
  };
}

/** What the present settings refer to. */
export interface Present {
  readonly settings: AnswerSettings;
  readonly catalogue: Catalogue;
  /** The workflow where the settings choose none. */
  readonly fallback: string;
  readonly profiles: readonly Profile[];
  /** The model that was chosen for the next message. */
  readonly model: ModelChoice | null;
}

/** A template that answers as the present settings do: what a template of theirs sets goes before their own. */
export function fromPresentSettings(present: Present): TemplateDraft {
  const { settings, catalogue, fallback, profiles, model } = present;
  const template = templateOf(settings, catalogue);
  const profileId = template?.profile_id ?? settings.profile_id;
  const ofProfile = profiles.find(({ id }) => id === profileId)?.system_prompt;
  const all = {
    ...settings.workflow_config,
    // A profile's prompt goes before the conversation's; from a template it would be the other way round.
    ...(settings.system_prompt && !ofProfile && { system_message: settings.system_prompt }),
    ...template?.default_params,
  };
  const taken = new Set(parametersOf(settings, catalogue, fallback).map(({ name }) => name));
  return {
    name: "",
    description: template?.description ?? "",
    workflow_type: template?.workflow_type ?? settings.workflow ?? fallback,
    default_params: Object.fromEntries(Object.entries(all).filter(([name]) => taken.has(name))),
    required_tools: template?.required_tools ?? [],
    required_retrievers: template?.required_retrievers ?? [],
    tool_approval: template?.tool_approval ?? {},
    provider: model?.provider ?? template?.provider ?? null,
    model: model?.model ?? template?.model ?? null,
    profile_id: profileId,
  };
}

/** A copy to be saved under another name. */
export function copyOf(template: TemplateDraft): TemplateDraft {
  return { ...template, name: `${template.name}-copy` };
}
