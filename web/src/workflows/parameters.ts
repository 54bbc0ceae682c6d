/** The parameters of a workflow, as fields hold them and as the server takes them. */
import type { ParameterInfo, WorkflowParameters } from "../../../src/client/index.ts";
import { type FieldReader, textOrNull } from "../forms/texts.ts";

/** By the name of the parameter; an empty text leaves it to the server. */
export type ParameterTexts = Readonly<Record<string, string | boolean>>;

/** Fills fields with what is set. */
export function toParameterTexts(values: WorkflowParameters): ParameterTexts {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === "boolean" ? value : String(value),
    ]),
  );
}

function readValue(
  { name, type }: ParameterInfo,
  text: string | boolean | undefined,
  reader: FieldReader,
  prefix: string,
): unknown {
  if (text === undefined || typeof text === "boolean") return text ?? null;
  return type === "string" ? textOrNull(text) : reader.read(`${prefix}.${name}`, text);
}

/**
 * Reads the fields of these parameters. What is set beside them stays: another workflow may take it. `prefix` is the
 * object that they stand in, for the reader's errors.
 */
export function fromParameterTexts(
  texts: ParameterTexts,
  parameters: readonly ParameterInfo[],
  before: WorkflowParameters,
  reader: FieldReader,
  prefix: string,
): WorkflowParameters {
  const shown = new Set(parameters.map(({ name }) => name));
  const kept = Object.entries(before).filter(([name]) => !shown.has(name));
  const read = parameters
    .map((info) => [info.name, readValue(info, texts[info.name], reader, prefix)] as const)
    .filter(([, value]) => value !== null);
  // The names and types are the server's own, and it checks them once more.
  return Object.fromEntries([...kept, ...read]);
}
