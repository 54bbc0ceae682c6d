/** Whether arguments are what a tool's JSON Schema asks for. */
import { z } from "zod";
import type { ToolDescription } from "./ports/model.ts";

type Schema = Readonly<Record<string, unknown>>;

/** Made once for each tool; null where its schema says what cannot be checked here. */
const checks = new WeakMap<Schema, z.ZodType | null>();

/** Where the names below a keyword are names of the tool's own, and no keywords. */
const NAMED: ReadonlySet<string> = new Set(["properties", "$defs", "definitions"]);

/** Values, not schemas: left as they are. */
const VALUES: ReadonlySet<string> = new Set(["enum", "const", "default", "examples", "required"]);

function mapValues(value: unknown, change: (each: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(change);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, change(each)]));
}

/**
 * The schema without what only annotates, and without patterns: a tool server's expression, which may take for ever, never
 * runs on the built-in engine.
 */
function checkable(schema: unknown): unknown {
  if (typeof schema !== "object" || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map(checkable);
  if ("patternProperties" in schema) throw new Error("Patterns of names are not looked at.");
  const kept = Object.entries(schema).filter(
    ([keyword]) => !["pattern", "format", "propertyNames"].includes(keyword),
  );
  return Object.fromEntries(
    kept.map(([keyword, value]) => {
      if (VALUES.has(keyword)) return [keyword, value];
      return [keyword, NAMED.has(keyword) ? mapValues(value, checkable) : checkable(value)];
    }),
  );
}

function checkOf(parameters: Schema): z.ZodType | null {
  let check = checks.get(parameters);
  if (check === undefined) {
    try {
      check = z.fromJSONSchema(checkable(parameters) as z.core.JSONSchema.JSONSchema);
    } catch {
      // A keyword that is not understood: then the tool itself has to look.
      check = null;
    }
    checks.set(parameters, check);
  }
  return check;
}

/** What is wrong with arguments, in words that a model can mend its call by. */
export function wrongArguments({ issues }: z.ZodError): string {
  const text = issues.map(
    ({ path, message }) => `${path.map(String).join(".") || "arguments"}: ${message}`,
  );
  return `the arguments are wrong: ${text.join("; ")}. Call it again with right ones.`;
}

/** What is wrong with the arguments of a call; null where nothing is, or the schema cannot be checked. */
export function argumentErrors({ parameters }: ToolDescription, args: unknown): string | null {
  const result = checkOf(parameters)?.safeParse(args);
  if (!result || result.success) return null;
  return `Not called: ${wrongArguments(result.error)}`;
}
