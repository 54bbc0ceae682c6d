/** A labelled control with its hint and its error; screen readers read all of it. */
import { createContext, type ReactNode, use, useId } from "react";
import "./forms.css";

/** The errors of the form around, by the path of their field. */
export const FieldErrors = createContext<ReadonlyMap<string, string>>(new Map());

interface FieldProps {
  /** Where the server's errors place this field, such as `workflow_config.max_tool_calls`. */
  path: string;
  label: string;
  hint?: ReactNode;
}

/** What a control needs to belong to its label, hint and error. */
interface ControlProps {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
  "data-testid": string;
}

interface FrameProps extends FieldProps {
  className?: string;
  children: (control: ControlProps) => ReactNode;
}

/** The frame of a control: label above, hint and error below. */
export function Field({ path, label, hint, className = "", children }: FrameProps): ReactNode {
  const id = useId();
  const error = use(FieldErrors).get(path);
  const described = [hint ? `${id}-hint` : null, error ? `${id}-error` : null].filter(Boolean);
  return (
    <div className={`field ${className}`} data-invalid={error !== undefined || undefined}>
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        "aria-describedby": described.length > 0 ? described.join(" ") : undefined,
        "aria-invalid": error === undefined ? undefined : true,
        "data-testid": `field-${path}`,
      })}
      {hint && (
        <p className="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p className="field-error" id={`${id}-error`} data-testid={`error-${path}`}>
          {error}
        </p>
      )}
    </div>
  );
}

interface TextProps extends FieldProps {
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
  /** For numbers: what a touch keyboard offers. The text is read when the form is sent. */
  inputMode?: "text" | "decimal" | "numeric";
  disabled?: boolean;
  list?: string;
}

export function TextField({ path, label, hint, onChange, ...input }: TextProps): ReactNode {
  return (
    <Field path={path} label={label} hint={hint}>
      {(control) => (
        <input
          {...control}
          {...input}
          type="text"
          autoComplete="off"
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

interface AreaProps extends FieldProps {
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
  rows?: number;
}

export function AreaField({ path, label, hint, onChange, ...input }: AreaProps): ReactNode {
  return (
    <Field path={path} label={label} hint={hint}>
      {(control) => (
        <textarea
          rows={3}
          {...control}
          {...input}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

interface SelectProps extends FieldProps {
  value: string;
  onChange: (value: string) => void;
  disabled?: boolean;
  /** The options. */
  children: ReactNode;
}

export function SelectField(props: SelectProps): ReactNode {
  const { path, label, hint, value, onChange, disabled, children } = props;
  return (
    <Field path={path} label={label} hint={hint}>
      {(control) => (
        <select
          {...control}
          value={value}
          disabled={disabled}
          onChange={(event) => onChange(event.target.value)}
        >
          {children}
        </select>
      )}
    </Field>
  );
}

interface CheckProps extends FieldProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}

/** A switch: its label stands beside it. */
export function CheckField(props: CheckProps): ReactNode {
  const { path, label, hint, checked, onChange, disabled } = props;
  return (
    <Field path={path} label={label} hint={hint} className="field-check">
      {(control) => (
        <input
          {...control}
          type="checkbox"
          checked={checked}
          disabled={disabled}
          onChange={(event) => onChange(event.target.checked)}
        />
      )}
    </Field>
  );
}
