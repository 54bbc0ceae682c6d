/** What `chatter.config.ts` may add in code, beside the settings. */
import { z } from "zod";
import { ModelRef } from "../contract/profiles.ts";
import { text } from "../contract/text.ts";
import { WorkflowName, WorkflowParameters } from "../contract/workflows.ts";
import { defineWorkflow, type WorkflowDefinition } from "../workflow/definition.ts";
import { WorkflowConfigurationError } from "../workflow/errors.ts";
import { defineMiddleware } from "../workflow/middleware.ts";
import type { ServerDefaults } from "../workflow/plan/sources.ts";
import { checkTools } from "../workflow/plan/validator.ts";
import type { Middleware } from "../workflow/ports/middleware.ts";
import type { Retriever } from "../workflow/ports/retrieval.ts";
import type { Tool } from "../workflow/ports/tools.ts";

/** Code of the operator's own. */
export interface Extensions {
  /** Around every run, inside the built-in middleware, the first one outermost. */
  readonly middleware: readonly Middleware[];
  /** Tools that models may call, made with `defineTool`. */
  readonly tools: readonly Tool[];
  /** Retrievers by name; `default` is searched where nobody names one. */
  readonly retrievers: Readonly<Record<string, Retriever>>;
  /** Workflows beside the four, made with `defineWorkflow`. */
  readonly workflows: readonly WorkflowDefinition[];
  /** Parameters of runs where nothing else names them. */
  readonly defaults: ServerDefaults;
  /** Groups that users are divided into; each user stays in one. */
  readonly abTestGroups: readonly string[];
}

/** The parameters that a server may fix for all its runs. */
const Defaults = WorkflowParameters.extend({
  workflow: WorkflowName,
  temperature: z.number().min(0).max(2),
  max_tokens: z.int().min(1).max(8192),
  fallback_models: z.array(ModelRef).max(5),
}).partial();

const Groups = z.array(text(1, 64)).refine((groups) => new Set(groups).size === groups.length, {
  error: "must differ from each other",
});

/** How each kind of extension is read and checked; `given` is undefined where there is none. */
const READERS: { readonly [Name in keyof Extensions]: (given: unknown) => Extensions[Name] } = {
  middleware: (given) =>
    listOf("middleware", given).map((each) => defineMiddleware(each as Middleware)),
  tools: (given) => {
    const tools = listOf("tools", given);
    const [error] = checkTools(tools);
    if (error) throw wrong("tools", error.message);
    return tools as Tool[];
  },
  retrievers: readRetrievers,
  workflows: (given) => {
    const workflows = listOf("workflows", given).map((each) =>
      defineWorkflow(each as WorkflowDefinition),
    );
    const names = workflows.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) < index);
    if (twice !== undefined) throw wrong("workflows", `"${twice}" is there twice`);
    return workflows;
  },
  defaults: (given) => parsed("defaults", Defaults, given ?? {}),
  abTestGroups: (given) => parsed("abTestGroups", Groups, given ?? []),
};

/** The names under which the configuration file may export code. */
export const EXTENSION_NAMES: readonly string[] = Object.keys(READERS);

function wrong(name: string, message: string): WorkflowConfigurationError {
  return new WorkflowConfigurationError(`${name} in chatter.config.ts: ${message}.`);
}

function listOf(name: string, given: unknown): readonly unknown[] {
  if (given === undefined) return [];
  if (Array.isArray(given)) return given;
  throw new WorkflowConfigurationError(`${name} in chatter.config.ts must be a list.`);
}

function parsed<T extends z.ZodType>(name: string, schema: T, given: unknown): z.infer<T> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => `${path.join(".")} ${message}`);
  throw wrong(name, issues.join("; "));
}

function readRetrievers(given: unknown): Readonly<Record<string, Retriever>> {
  if (given === undefined) return {};
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw wrong("retrievers", "must be an object with a retriever under each name");
  }
  for (const [name, retriever] of Object.entries(given)) {
    if (typeof retriever?.retrieve === "function") continue;
    throw wrong("retrievers", `${name} must have a function retrieve`);
  }
  return given as Record<string, Retriever>;
}

/** Checks the code that a configuration file exports. Throws a `WorkflowConfigurationError` that says what is wrong. */
export function readExtensions(given: Readonly<Record<string, unknown>>): Extensions {
  const read = Object.entries(READERS).map(([name, reader]) => [name, reader(given[name])]);
  return Object.freeze(Object.fromEntries(read)) as Extensions;
}

/** A server without code of the operator's own. */
export const NO_EXTENSIONS: Extensions = readExtensions({});
