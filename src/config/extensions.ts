/** What `chatter.config.ts` may add in code, beside the settings. */
import { WorkflowConfigurationError } from "../workflow/errors.ts";
import { defineMiddleware } from "../workflow/middleware.ts";
import type { Middleware } from "../workflow/ports/middleware.ts";

/** Code of the operator's own. */
export interface Extensions {
  /** Around every run, inside the built-in middleware, the first one outermost. */
  readonly middleware: readonly Middleware[];
}

/** How each kind of extension is read and checked; `given` is undefined where there is none. */
const READERS: { readonly [Name in keyof Extensions]: (given: unknown) => Extensions[Name] } = {
  middleware: (given) =>
    listOf("middleware", given).map((each) => defineMiddleware(each as Middleware)),
};

/** The names under which the configuration file may export code. */
export const EXTENSION_NAMES: readonly string[] = Object.keys(READERS);

function listOf(name: string, given: unknown): readonly unknown[] {
  if (given === undefined) return [];
  if (Array.isArray(given)) return given;
  throw new WorkflowConfigurationError(`${name} in chatter.config.ts must be a list.`);
}

/** Checks the code that a configuration file exports. Throws a `WorkflowConfigurationError` that says what is wrong. */
export function readExtensions(given: Readonly<Record<string, unknown>>): Extensions {
  const read = Object.entries(READERS).map(([name, reader]) => [name, reader(given[name])]);
  return Object.freeze(Object.fromEntries(read)) as Extensions;
}

/** A server without code of the operator's own. */
export const NO_EXTENSIONS: Extensions = readExtensions({});
