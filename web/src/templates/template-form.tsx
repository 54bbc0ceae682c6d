/** Makes a template, or changes one. */
import { type ReactNode, useState } from "react";
import { useStore } from "../api/store.ts";
import { AreaField, SelectField, TextField } from "../forms/field.tsx";
import { Form } from "../forms/form.tsx";
import { ModelFields } from "../forms/model-fields.tsx";
import { useSubmit } from "../forms/use-submit.ts";
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
  const [began] = useState(() => toTemplateTexts(draft));
  const [texts, setTexts] = useState(began);
  const catalogue = useCatalogue();
  const change = (fields: Partial<TemplateTexts>): void => setTexts({ ...texts, ...fields });
  const parameters = parametersOf(NO_SETTINGS, catalogue, texts.workflow);
  const submission = useSubmit([
    ...FIELDS,
    ...parameters.map(({ name }) => `default_params.${name}`),
  ]);
  const save = async (): Promise<void> => {
    const template = fromTemplateTexts(texts, parameters);
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
      unsaved={texts !== began}
      testId="template"
    >
      <Naming texts={texts} existing={existing} onChange={change} />
      <ParameterFields
        prefix="default_params"
        parameters={parameters}
        texts={texts.parameters}
        onChange={(name, value) => change({ parameters: { ...texts.parameters, [name]: value } })}
      />
      <ResourceFields texts={texts} catalogue={catalogue} onChange={change} />
      <AnsweredBy texts={texts} onChange={change} />
    </Form>
  );
}

interface PartProps {
  texts: TemplateTexts;
  onChange: (fields: Partial<TemplateTexts>) => void;
}

function Naming({ texts, existing, onChange }: PartProps & { existing: boolean }): ReactNode {
  const { workflows } = useCatalogue();
  return (
    <>
      {!existing && (
        <TextField
          path="name"
          label="Name"
          hint="Small letters, digits, - and _. Programs use it too."
          value={texts.name}
          onChange={(name) => onChange({ name })}
        />
      )}
      <AreaField
        path="description"
        label="Description"
        rows={2}
        value={texts.description}
        onChange={(description) => onChange({ description })}
      />
      <SelectField
        path="workflow_type"
        label="Workflow"
        value={texts.workflow}
        onChange={(workflow) => onChange({ workflow })}
      >
        {workflows.map(({ type }) => (
          <option key={type} value={type}>
            {titleOf({ kind: "workflow", name: type })}
          </option>
        ))}
      </SelectField>
    </>
  );
}

function AnsweredBy({ texts, onChange }: PartProps): ReactNode {
  const { answering } = useApp();
  const profiles = useStore(answering.profiles.state, ({ items }) => items);
  return (
    <fieldset className="field-group">
      <legend>Model</legend>
      <ModelFields value={texts} onChange={onChange} none="Not set" />
      <SelectField
        path="profile_id"
        label="Profile"
        value={texts.profileId}
        onChange={(profileId) => onChange({ profileId })}
      >
        <option value="">No profile</option>
        {profiles.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
    </fieldset>
  );
}
