/** Makes a template, or changes one. */
import type { ReactNode } from "react";
import { useStore } from "../api/store.ts";
import { Choices } from "../forms/choices.tsx";
import { AreaField, SelectField, TextField } from "../forms/field.tsx";
import { Form } from "../forms/form.tsx";
import { ModelFields } from "../forms/model-fields.tsx";
import { useSubmit } from "../forms/use-submit.ts";
import { type FormTexts, useTexts } from "../forms/use-texts.ts";
import { NO_SETTINGS, parametersOf } from "../state/answer-settings.ts";
import { useApp } from "../state/app.ts";
import { titleOf } from "../workflows/choices.ts";
import { ParameterFields } from "../workflows/parameter-fields.tsx";
import { useCatalogue } from "../workflows/use-answering.ts";
import { ResourceFields } from "./resource-fields.tsx";
import {
  fromTemplateTexts,
  type TemplateDraft,
  type TemplateTexts,
  toTemplateTexts,
} from "./template-texts.ts";

const FIELDS: readonly string[] = [
  "name",
  "description",
  "workflow_type",
  "required_tools",
  "required_retrievers",
  "tool_approval",
  "provider",
  "model",
  "profile_id",
];

interface Props {
  draft: TemplateDraft;
  /** The name is how a template is known, so that of an existing one stays. */
  existing: boolean;
  onDone: () => void;
}

export function TemplateForm({ draft, existing, onDone }: Props): ReactNode {
  const { answering, announcement } = useApp();
  const form = useTexts(() => toTemplateTexts(draft));
  const catalogue = useCatalogue();
  const parameters = parametersOf(NO_SETTINGS, catalogue, form.texts.workflow);
  const submission = useSubmit([
    ...FIELDS,
    ...parameters.map(({ name }) => `default_params.${name}`),
  ]);
  const save = async (): Promise<void> => {
    const template = fromTemplateTexts(form.texts, parameters);
    await (existing ? answering.templates.replace(template) : answering.templates.create(template));
    announcement.set("Template saved.");
    onDone();
  };
  return (
    <Form
      submission={submission}
      work={save}
      action="Save"
      onCancel={onDone}
      unsaved={form.unsaved}
      testId="template"
    >
      <Naming form={form} existing={existing} />
      <ParameterFields
        prefix="default_params"
        parameters={parameters}
        texts={form.texts.parameters}
        onChange={(name, value) =>
          form.change({ parameters: { ...form.texts.parameters, [name]: value } })
        }
      />
      <ResourceFields form={form} catalogue={catalogue} />
      <AnsweredBy form={form} />
    </Form>
  );
}

interface PartProps {
  form: FormTexts<TemplateTexts>;
}

function Naming({ form, existing }: PartProps & { existing: boolean }): ReactNode {
  const { workflows } = useCatalogue();
  return (
    <>
      {!existing && (
        <TextField
          path="name"
          label="Name"
          hint="Small letters, digits, - and _. Programs use it too."
          {...form.field("name")}
        />
      )}
      <AreaField path="description" label="Description" rows={2} {...form.field("description")} />
      <SelectField path="workflow_type" label="Workflow" {...form.field("workflow")}>
        {workflows.map(({ type }) => (
          <option key={type} value={type}>
            {titleOf({ kind: "workflow", name: type })}
          </option>
        ))}
      </SelectField>
    </>
  );
}

function AnsweredBy({ form }: PartProps): ReactNode {
  const { answering } = useApp();
  const profiles = useStore(answering.profiles.state, ({ items }) => items);
  return (
    <fieldset className="field-group">
      <legend>Model</legend>
      <ModelFields value={form.texts} onChange={form.change} none="Not set" />
      <SelectField path="profile_id" label="Profile" {...form.field("profileId")}>
        <option value="">No profile</option>
        <Choices of={profiles.map(({ id, name }) => [id, name])} />
      </SelectField>
    </fieldset>
  );
}
