/** The parameters of a tool as fields, made from their JSON Schema, and what is entered as arguments. */
import { FieldReader } from "../forms/texts.ts";

type Schema = Readonly<Record<string, unknown>>;

/** A value that may be chosen, as JSON, and how people read it. */
interface Choice {
  readonly value: string;
  readonly label: string;
}

/** One parameter. Whatever is no text, number or choice is entered as JSON. */
export interface SchemaField {
  readonly name: string;
  readonly kind: "text" | "number" | "integer" | "choice" | "json";
  readonly required: boolean;
  readonly description: string;
  /** The values of a choice; empty for any other kind. */
  readonly choices: readonly Choice[];
  /** What the tool takes where nothing is entered, as people read it; empty where the schema does not say. */
  readonly otherwise: string;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The schema that a reference within the same document leads to; any other reference leads nowhere. */
function resolve(schema: unknown, root: Schema): Schema {
  if (!isSchema(schema)) return {};
  const { $ref: reference } = schema;
  if (typeof reference !== "string") return schema;
  const [start, ...steps] = reference.split("/");
  if (start !== "#") return {};
  let found: unknown = root;
  for (const step of steps) {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    found = isSchema(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  }
  // One step is enough for what describes parameters; a circle of references has no end.
  return isSchema(found) && found["$ref"] === undefined ? { ...found, ...without(schema) } : {};
}

function without({ $ref: _, ...others }: Schema): Schema {
  return others;
}

/** A parameter that may also be null is one that may be left out. */
function withoutNull(schema: Schema, root: Schema): Schema {
  const { type, anyOf, oneOf } = schema;
  if (Array.isArray(type)) {
    const types = type.filter((one) => one !== "null");
    return types.length === 1 ? { ...schema, type: types[0] as unknown } : schema;
  }
  const options = anyOf ?? oneOf;
  if (!Array.isArray(options)) return schema;
  const real = options.map((one) => resolve(one, root)).filter((one) => one["type"] !== "null");
  const [only] = real;
  if (only && real.length === 1) return { ...only, ...schema, anyOf: undefined, oneOf: undefined };
  const values = real.map((one) => one["const"]);
  return values.every((value) => value !== undefined) ? { ...schema, enum: values } : schema;
}

function toChoices(schema: Schema): readonly Choice[] {
  const values: unknown = schema["const"] === undefined ? schema["enum"] : [schema["const"]];
  if (Array.isArray(values)) {
    return values.map((value: unknown) => ({ value: JSON.stringify(value), label: textOf(value) }));
  }
  if (schema["type"] !== "boolean") return [];
  return [
    { value: "true", label: "Yes" },
    { value: "false", label: "No" },
  ];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function kindOf(schema: Schema, choices: readonly Choice[]): SchemaField["kind"] {
  if (choices.length > 0) return "choice";
  const { type } = schema;
  if (type === "string") return "text";
  return type === "number" || type === "integer" ? type : "json";
}

/** The fields of a schema, in its order; null where it describes no object of named parameters. */
export function fieldsOf(parameters: Schema): readonly SchemaField[] | null {
  const root = resolve(parameters, parameters);
  const { properties = {}, required = [], additionalProperties } = root;
  if (!isSchema(properties)) return null;
  const names = Object.keys(properties);
  // One that takes whatever it is given has no fields, and can only be written down.
  if (names.length === 0 && additionalProperties !== false && root["type"] !== "object")
    return null;
  if (names.length === 0 && isSchema(additionalProperties)) return null;
  return names.map((name) => {
    const schema = withoutNull(resolve(properties[name], parameters), parameters);
    const choices = toChoices(schema);
    const { description, default: otherwise } = schema;
    return {
      name,
      kind: kindOf(schema, choices),
      required: Array.isArray(required) && required.includes(name),
      description: typeof description === "string" ? description : "",
      choices,
      otherwise: otherwise === undefined || otherwise === null ? "" : textOf(otherwise),
    };
  });
}

/** What stands before the name of a parameter in the path of its errors, as in those of the server. */
export const ARGUMENTS = "arguments";

/** What is entered in the fields, by the names of the parameters; an empty text is left out. */
export type FieldTexts = Readonly<Record<string, string>>;

/** The arguments that the fields say. Throws an `InputError` for what cannot be read. */
export function argumentsOf(
  fields: readonly SchemaField[],
  texts: FieldTexts,
): Record<string, unknown> {
  const reader = new FieldReader();
  const entries = fields.flatMap(({ name, kind }) => {
    const path = `${ARGUMENTS}.${name}`;
    const text = texts[name] ?? "";
    if (kind === "text") return text === "" ? [] : [[name, text] as const];
    const value =
      kind === "number" || kind === "integer"
        ? (reader.read(path, text) ?? undefined)
        : reader.json(path, text);
    return value === undefined ? [] : [[name, value] as const];
  });
  reader.check();
  return Object.fromEntries(entries);
}

/** The arguments that are written down as JSON; an empty text is none. Throws an `InputError` for what is no object. */
export function writtenArguments(text: string): Record<string, unknown> {
  const reader = new FieldReader();
  const written = reader.object(ARGUMENTS, text);
  reader.check();
  return written ?? {};
}
