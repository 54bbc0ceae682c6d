/** What a form shows when its input was not taken. */
import { ChatterError, type FieldError } from "../../../src/client/index.ts";
import { explain, type Explanation } from "../api/errors.ts";
import { plainRule } from "../api/rules.ts";

/** Errors beside their fields, and the rest above them. */
export interface FormProblem {
  /** By the path of the field that shows it. */
  readonly fields: ReadonlyMap<string, string>;
  /** Null when every error stands beside a field. */
  readonly rest: Explanation | null;
}

/** Input that the page itself cannot make sense of, such as letters where a number belongs. */
export class InputError extends Error {
  readonly errors: readonly FieldError[];

  constructor(errors: readonly FieldError[]) {
    super("The input cannot be read.");
    this.errors = errors;
  }
}

/** The path of the field that an error belongs to: its own, or the one above it (`required_tools` for `required_tools.0`). */
function fieldOf(path: string, fields: readonly string[]): string | null {
  const above = fields.filter((field) => path === field || path.startsWith(`${field}.`));
  return above.toSorted((one, other) => other.length - one.length)[0] ?? null;
}

/** Divides an error among the fields of a form. */
export function toFormProblem(error: unknown, fields: readonly string[]): FormProblem {
  const errors = errorsOf(error);
  const shown = new Map<string, string>();
  for (const { path, message } of errors) {
    const field = fieldOf(path, fields);
    if (field === null) continue;
    const before = shown.get(field);
    const sentence = toSentence(plainRule(message));
    shown.set(field, before === undefined ? sentence : `${before} ${sentence}`);
  }
  const others = errors.filter(({ path }) => fieldOf(path, fields) === null);
  if (errors.length > 0 && others.length === 0) return { fields: shown, rest: null };
  const rest = explain(error);
  const said = others.map(({ path, message }) => `${path}: ${plainRule(message)}`);
  return { fields: shown, rest: { ...rest, fields: rest.detail === "" ? said : [] } };
}

function errorsOf(error: unknown): readonly FieldError[] {
  if (error instanceof InputError) return error.errors;
  return error instanceof ChatterError ? (error.problem.errors ?? []) : [];
}

function toSentence(rule: string): string {
  const [first = ""] = rule;
  return first.toUpperCase() + rule.slice(first.length) + (/[.!?]$/.test(rule) ? "" : ".");
}
