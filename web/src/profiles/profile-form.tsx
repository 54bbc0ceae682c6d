/** Makes a profile, or changes one. */
import { type ReactNode, useState } from "react";
import type { Profile } from "../../../src/client/index.ts";
import { AreaField, TextField } from "../forms/field.tsx";
import { Form } from "../forms/form.tsx";
import { ModelFields } from "../forms/model-fields.tsx";
import { useSubmit } from "../forms/use-submit.ts";
import { useApp } from "../state/app.ts";
import { FallbackFields } from "./fallback-fields.tsx";
import {
  fromProfileTexts,
  profileFields,
  type ProfileTexts,
  toProfileTexts,
} from "./profile-texts.ts";

interface Props {
  /** Null for a new one. */
  profile: Profile | null;
  onDone: () => void;
}

export function ProfileForm({ profile, onDone }: Props): ReactNode {
  const { answering, announcement } = useApp();
  const [began] = useState(() => toProfileTexts(profile));
  const [texts, setTexts] = useState(began);
  const change = (fields: Partial<ProfileTexts>): void => setTexts({ ...texts, ...fields });
  const submission = useSubmit(profileFields(texts));
  const save = async (): Promise<void> => {
    await answering.profiles.save(profile?.id ?? null, fromProfileTexts(texts));
    announcement.set("Profile saved.");
    onDone();
  };
  return (
    <Form
      submission={submission}
      work={save}
      action="Save"
      onCancel={onDone}
      unsaved={texts !== began}
      testId="profile"
    >
      <TextField
        path="name"
        label="Name"
        value={texts.name}
        onChange={(name) => change({ name })}
      />
      <ModelFields value={texts} onChange={change} none="Not set" />
      <div className="field-pair">
        <TextField
          path="temperature"
          label="Temperature"
          hint="Low is steady, high is varied. Empty: the model’s own."
          inputMode="decimal"
          value={texts.temperature}
          onChange={(temperature) => change({ temperature })}
        />
        <TextField
          path="max_tokens"
          label="Tokens at most"
          hint="How long an answer may get. Empty: the model’s own."
          inputMode="numeric"
          value={texts.maxTokens}
          onChange={(maxTokens) => change({ maxTokens })}
        />
      </div>
      <AreaField
        path="system_prompt"
        label="System prompt"
        hint="Used instead of the conversation’s."
        rows={4}
        value={texts.prompt}
        onChange={(prompt) => change({ prompt })}
      />
      <FallbackFields fallbacks={texts.fallbacks} onChange={(fallbacks) => change({ fallbacks })} />
    </Form>
  );
}
