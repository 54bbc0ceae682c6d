/** Makes a profile, or changes one. */
import type { ReactNode } from "react";
import type { Profile } from "../../../src/client/index.ts";
import { AreaField, TextField } from "../forms/field.tsx";
import { Form } from "../forms/form.tsx";
import { ModelFields } from "../forms/model-fields.tsx";
import { useSubmit } from "../forms/use-submit.ts";
import { useTexts } from "../forms/use-texts.ts";
import { useApp } from "../state/app.ts";
import { FallbackFields } from "./fallback-fields.tsx";
import { fromProfileTexts, profileFields, toProfileTexts } from "./profile-texts.ts";

interface Props {
  /** Null for a new one. */
  profile: Profile | null;
  onDone: () => void;
}

export function ProfileForm({ profile, onDone }: Props): ReactNode {
  const { answering, announcement } = useApp();
  const form = useTexts(() => toProfileTexts(profile));
  const submission = useSubmit(profileFields(form.texts));
  const save = async (): Promise<void> => {
    await answering.profiles.save(profile?.id ?? null, fromProfileTexts(form.texts));
    announcement.set("Profile saved.");
    onDone();
  };
  return (
    <Form
      submission={submission}
      work={save}
      action="Save"
      onCancel={onDone}
      unsaved={form.unsaved}
      testId="profile"
    >
      <TextField path="name" label="Name" {...form.field("name")} />
      <ModelFields value={form.texts} onChange={form.change} none="Not set" />
      <div className="field-pair">
        <TextField
          path="temperature"
          label="Temperature"
          hint="Low is steady, high is varied. Empty: the model’s own."
          inputMode="decimal"
          {...form.field("temperature")}
        />
        <TextField
          path="max_tokens"
          label="Tokens at most"
          hint="How long an answer may get. Empty: the model’s own."
          inputMode="numeric"
          {...form.field("maxTokens")}
        />
      </div>
      <AreaField
        path="system_prompt"
        label="System prompt"
        hint="Used instead of the conversation’s."
        rows={4}
        {...form.field("prompt")}
      />
      <FallbackFields
        fallbacks={form.texts.fallbacks}
        onChange={(fallbacks) => form.change({ fallbacks })}
      />
    </Form>
  );
}
