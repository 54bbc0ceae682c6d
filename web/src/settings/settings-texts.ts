/** The settings of a conversation, as fields hold them and as the server takes them. */
import type { ParameterInfo } from "../../../src/client/index.ts";
import { FieldReader, textOrNull } from "../forms/texts.ts";
import type { AnswerSettings } from "../state/answer-settings.ts";
import {
  fromParameterTexts,
  type ParameterTexts,
  toParameterTexts,
} from "../workflows/parameters.ts";

export interface SettingsTexts {
  readonly prompt: string;
  /** Empty for none. */
  readonly profileId: string;
  readonly parameters: ParameterTexts;
}

export function toSettingsTexts(settings: AnswerSettings): SettingsTexts {
  return {
    prompt: settings.system_prompt ?? "",
    profileId: settings.profile_id ?? "",
    parameters: toParameterTexts(settings.workflow_config),
  };
}

/**
 * The settings with what the fields say; `parameters` are those that have fields. Throws an `InputError` for what
 * cannot be read.
 */
export function fromSettingsTexts(
  settings: AnswerSettings,
  texts: SettingsTexts,
  parameters: readonly ParameterInfo[],
): AnswerSettings {
  const reader = new FieldReader();
  const workflow_config = fromParameterTexts(
    texts.parameters,
    parameters,
    settings.workflow_config,
    reader,
    "workflow_config",
  );
  reader.check();
  return {
    ...settings,
    workflow_config,
    system_prompt: textOrNull(texts.prompt),
    profile_id: textOrNull(texts.profileId),
  };
}
