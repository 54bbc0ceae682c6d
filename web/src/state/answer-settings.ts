/** What a conversation says of its answers, apart from the model; for a new one a draft says it. */
import type {
  Conversation,
  ParameterInfo,
  Template,
  ChatRequest,
  WorkflowInfo,
} from "../../../src/client/index.ts";
import { recall, remember } from "../api/storage.ts";
import { createStore, type Store } from "../api/store.ts";

export type AnswerSettings = Pick<
  Conversation,
  "workflow" | "workflow_template" | "workflow_config" | "system_prompt" | "profile_id"
>;

/** Everything is left to the server. */
export const NO_SETTINGS: AnswerSettings = Object.freeze({
  workflow: null,
  workflow_template: null,
  workflow_config: {},
  system_prompt: null,
  profile_id: null,
});

/** The settings that a conversation keeps. */
export function settingsOf(conversation: AnswerSettings): AnswerSettings {
  const { workflow, workflow_template, workflow_config, system_prompt, profile_id } = conversation;
  return { workflow, workflow_template, workflow_config, system_prompt, profile_id };
}

/** Whether everything is left to the server. */
export function isUnset({ workflow_config, ...others }: AnswerSettings): boolean {
  return (
    Object.keys(workflow_config).length === 0 &&
    Object.values(others).every((value) => value === null)
  );
}

/** A workflow or a template, as a person chooses between them. */
export interface Choice {
  readonly kind: "workflow" | "template";
  readonly name: string;
}

/** What the settings choose; null leaves it to the server. */
export function choiceOf({ workflow, workflow_template }: AnswerSettings): Choice | null {
  if (workflow_template !== null) return { kind: "template", name: workflow_template };
  return workflow === null ? null : { kind: "workflow", name: workflow };
}

/** The settings with another choice: a template brings its own workflow. */
export function withChoice(settings: AnswerSettings, { kind, name }: Choice): AnswerSettings {
  return kind === "template"
    ? { ...settings, workflow: null, workflow_template: name }
    : { ...settings, workflow: name, workflow_template: null };
}

/** What exists to choose from. */
export interface Catalogue {
  readonly workflows: readonly WorkflowInfo[];
  readonly templates: readonly Template[];
}

/** The template that the settings name; null where they name none, or one that is not there. */
export function templateOf(
  { workflow_template: name }: AnswerSettings,
  { templates }: Pick<Catalogue, "templates">,
): Template | null {
  return templates.find((template) => template.name === name) ?? null;
}

/** The parameters that the chosen workflow takes; `fallback` is the server's own choice. */
export function parametersOf(
  settings: AnswerSettings,
  catalogue: Catalogue,
  fallback: string,
): readonly ParameterInfo[] {
  const type = templateOf(settings, catalogue)?.workflow_type ?? settings.workflow ?? fallback;
  return catalogue.workflows.find((workflow) => workflow.type === type)?.optional ?? [];
}

/** A message that is never sent: it stands in a dry run for the next one. */
const NEXT_MESSAGE = "?";

/**
 * The dry run of a conversation that does not exist yet. A conversation may keep parameters that its workflow does
 * not take, a request may not: only those in `parameters` are asked about.
 */
export function toDryRun(
  settings: AnswerSettings,
  parameters: readonly ParameterInfo[],
): ChatRequest {
  const { workflow_config, system_prompt, ...others } = settings;
  const taken = new Set(parameters.map(({ name }) => name));
  const asked = Object.entries(workflow_config).filter(([name]) => taken.has(name));
  return {
    message: NEXT_MESSAGE,
    ...others,
    workflow_config: Object.fromEntries(asked),
    system_prompt_override: system_prompt,
  };
}

const STORED = "draft.settings";

/** The settings of the conversation that is about to begin, kept for as long as the tab is open. */
export function createDraftSettings(): Store<AnswerSettings> {
  const draft = createStore(readDraft());
  draft.subscribe(() => {
    const settings = draft.get();
    remember("session", STORED, isUnset(settings) ? null : JSON.stringify(settings));
  });
  return draft;
}

function readDraft(): AnswerSettings {
  try {
    const stored = JSON.parse(recall("session", STORED) ?? "null") as AnswerSettings | null;
    return stored ? settingsOf({ ...NO_SETTINGS, ...stored }) : NO_SETTINGS;
  } catch {
    return NO_SETTINGS;
  }
}
