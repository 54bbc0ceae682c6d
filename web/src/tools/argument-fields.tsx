/** The fields of a tool's parameters; or all arguments as JSON, for what has no fields and for who likes it better. */
import type { ReactNode } from "react";
import { AreaField, SelectField, TextField } from "../forms/field.tsx";
import { ARGUMENTS, argumentsOf, type FieldTexts, type SchemaField } from "./schema-texts.ts";

/** What is entered: in the fields, or written down as JSON where that is not null. */
export interface Entered {
  readonly texts: FieldTexts;
  readonly written: string | null;
}

export const NOTHING: Entered = { texts: {}, written: null };

interface Props {
  /** Null where the schema describes none. */
  fields: readonly SchemaField[] | null;
  entered: Entered;
  onChange: (entered: Entered) => void;
}

export function ArgumentFields({ fields, entered, onChange }: Props): ReactNode {
  const { texts, written } = entered;
  if (fields?.length === 0) return <p className="place-note">It takes no arguments.</p>;
  if (fields !== null && written === null) {
    return (
      <>
        {fields.map((field) => (
          <ArgumentField
            key={field.name}
            field={field}
            value={texts[field.name] ?? ""}
            onChange={(text) => onChange({ texts: { ...texts, [field.name]: text }, written })}
          />
        ))}
        <button
          type="button"
          className="link-button write-arguments"
          data-testid="write-arguments"
          onClick={() => onChange({ texts, written: asWritten(fields, texts) })}
        >
          Write them as JSON
        </button>
      </>
    );
  }
  return (
    <>
      <AreaField
        path={ARGUMENTS}
        label="Arguments"
        hint="An object, as JSON."
        rows={6}
        placeholder="{ }"
        value={written ?? ""}
        onChange={(text) => onChange({ texts, written: text })}
      />
      {fields !== null && (
        <button
          type="button"
          className="link-button write-arguments"
          onClick={() => onChange({ texts, written: null })}
        >
          Back to the fields
        </button>
      )}
    </>
  );
}

/** What the fields say as JSON; nothing where one of them cannot be read. */
function asWritten(fields: readonly SchemaField[], texts: FieldTexts): string {
  try {
    return JSON.stringify(argumentsOf(fields, texts), null, 2);
  } catch {
    return "";
  }
}

interface FieldProps {
  field: SchemaField;
  value: string;
  onChange: (value: string) => void;
}

function ArgumentField({ field, value, onChange }: FieldProps): ReactNode {
  const { name, kind, required, choices, otherwise } = field;
  const shared = {
    path: `${ARGUMENTS}.${name}`,
    label: required ? name : `${name} (optional)`,
    hint: hintOf(field),
    value,
    onChange,
  };
  if (kind === "choice") {
    return (
      <SelectField {...shared}>
        <option value="">{otherwise === "" ? "—" : `— (${otherwise})`}</option>
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </SelectField>
    );
  }
  if (kind === "number" || kind === "integer") {
    const inputMode = kind === "integer" ? "numeric" : "decimal";
    return <TextField {...shared} inputMode={inputMode} placeholder={otherwise} />;
  }
  return <AreaField {...shared} rows={1} placeholder={otherwise} />;
}

function hintOf({ kind, description }: SchemaField): string {
  return [description, kind === "json" ? "As JSON." : ""].filter(Boolean).join(" ");
}
