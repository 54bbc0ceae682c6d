/** A provider and one of its models, by choice or by name: a server may know more models than it lists. */
import { type ReactNode, useId } from "react";
import { useStore } from "../api/store.ts";
import { useApp } from "../state/app.ts";
import { SelectField, TextField } from "./field.tsx";

export interface ModelTexts {
  readonly provider: string;
  readonly model: string;
}

interface Props {
  value: ModelTexts;
  onChange: (value: ModelTexts) => void;
  /** What stands before `provider` and `model` in the paths of errors. */
  prefix?: string;
  /** What it means to name no provider. */
  none: string;
}

export function ModelFields({ value, onChange, prefix = "", none }: Props): ReactNode {
  const { models } = useApp();
  const { providers, models: known } = useStore(models.state, (state) => state);
  const list = useId();
  const names = providers.map(({ name }) => name);
  // One that is no longer configured is shown as it is stored; the server says so when it is saved.
  if (value.provider !== "" && !names.includes(value.provider)) names.push(value.provider);
  return (
    <div className="field-pair">
      <SelectField
        path={`${prefix}provider`}
        label="Provider"
        value={value.provider}
        onChange={(provider) => onChange({ provider, model: "" })}
      >
        <option value="">{none}</option>
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </SelectField>
      <TextField
        path={`${prefix}model`}
        label="Model"
        value={value.model}
        placeholder={providers.find(({ name }) => name === value.provider)?.default_model ?? ""}
        list={list}
        onChange={(model) => onChange({ ...value, model })}
      />
      <datalist id={list}>
        {known
          .filter(({ provider }) => value.provider === "" || provider === value.provider)
          .map(({ id, provider }) => (
            <option key={`${provider}/${id}`} value={id}>
              {provider}
            </option>
          ))}
      </datalist>
    </div>
  );
}
