/** Everything that a conversation keeps for its answers, apart from the model. */
import type { ReactNode } from "react";
import type { Profile, Template } from "../../../src/client/index.ts";
import { useStore } from "../api/store.ts";
import { AreaField, Field } from "../forms/field.tsx";
import { Form } from "../forms/form.tsx";
import { useSubmit } from "../forms/use-submit.ts";
import type { AnswerSettings } from "../state/answer-settings.ts";
import { useApp } from "../state/app.ts";
import { keyOf } from "../state/availability.ts";
import { AnswerPicker } from "../workflows/answer-picker.tsx";
import { ParameterFields } from "../workflows/parameter-fields.tsx";
import { ProfileField } from "./profile-field.tsx";
import { useSettingsDraft } from "./use-settings-draft.ts";

/** The object that the parameters stand in. */
const CONFIG = "workflow_config";

interface Props {
  settings: AnswerSettings;
  onClose: () => void;
}

export function SettingsForm({ settings, onClose }: Props): ReactNode {
  const { answering, announcement } = useApp();
  const lacks = useStore(answering.availability.state, (state) => state);
  const draft = useSettingsDraft(settings);
  const { choice, texts, change, parameters, template } = draft;
  const submission = useSubmit([
    "workflow_template",
    "profile_id",
    "system_prompt",
    ...parameters.map(({ name }) => `${CONFIG}.${name}`),
  ]);
  const save = async (): Promise<void> => {
    await answering.save(draft.read());
    announcement.set("Settings saved.");
    onClose();
  };
  return (
    <Form
      submission={submission}
      work={save}
      action="Save"
      onCancel={onClose}
      unsaved={draft.unsaved}
      testId="settings"
    >
      <Field path="workflow_template" label="How to answer">
        {(control) => (
          <AnswerPicker
            chosen={choice}
            problem={lacks.get(keyOf(choice)) ?? null}
            onChoose={draft.choose}
            control={control}
            testId="settings-how"
          />
        )}
      </Field>
      <ProfileField
        value={texts.profileId}
        fixed={template?.profile_id ?? null}
        onChange={(profileId) => change({ profileId })}
      />
      <AreaField
        path="system_prompt"
        label="System prompt"
        hint={promptHint(template, draft.profile)}
        rows={4}
        value={texts.prompt}
        onChange={(prompt) => change({ prompt })}
      />
      <ParameterFields
        prefix={CONFIG}
        parameters={parameters}
        texts={texts.parameters}
        {...(template && { fixed: template.default_params })}
        onChange={(name, value) => change({ parameters: { ...texts.parameters, [name]: value } })}
      />
    </Form>
  );
}

/** What is said of the prompt: a template's goes before a profile's, and both before the conversation's. */
function promptHint(template: Template | null, profile: Profile | undefined): string {
  if (template?.default_params.system_message) {
    return "The template has a prompt of its own, which is used instead.";
  }
  if (profile?.system_prompt) {
    return `The profile “${profile.name}” has a prompt of its own, which is used instead.`;
  }
  return "The first words to the model: who it is, and how it should answer.";
}
