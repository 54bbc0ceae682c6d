/** What a configuration may add in code, beside the settings. */
import type { FieldError } from "../contract/problems.ts";
import type { WorkflowDefinition } from "../workflow/definition.ts";
import { WorkflowConfigurationError } from "../workflow/errors.ts";
import type { Middleware } from "../workflow/ports/middleware.ts";
import type { Retriever } from "../workflow/ports/retrieval.ts";
import type { Tool } from "../workflow/ports/tools.ts";
import {
  readDefaults,
  readGroups,
  readMiddleware,
  readRetrievers,
  readTools,
  readWorkflows,
  type Report,
  type RunDefaults,
} from "./readers.ts";

/** Code of the operator's own. */
export interface Extensions {
  /** Around every run, inside the built-in middleware, the first one outermost. */
  readonly middleware: readonly Middleware[];
  /** Tools that models may call, made with `defineTool`. */
  readonly tools: readonly Tool[];
  /** Retrievers by name; `default` is searched where nobody names one. */
  readonly retrievers: Readonly<Record<string, Retriever>>;
  /** Workflows beside the four, made with `defineWorkflow` or `langGraphWorkflow`. */
  readonly workflows: readonly WorkflowDefinition[];
  /** Parameters of runs where nothing else names them. */
  readonly defaults: RunDefaults;
  /** Groups that users are divided into; each user stays in one. */
  readonly abTestGroups: readonly string[];
}

function readAll(given: Readonly<Record<string, unknown>>, report: Report): Extensions {
  const workflows = readWorkflows(given["workflows"], report);
  return {
    middleware: readMiddleware(given["middleware"], report),
    tools: readTools(given["tools"], report),
    retrievers: readRetrievers(given["retrievers"], report),
    workflows,
    defaults: readDefaults(given["defaults"], workflows, report),
    abTestGroups: readGroups(given["abTestGroups"], report),
  };
}

/** Checks the code of a configuration. Throws a `WorkflowConfigurationError` that names everything that is wrong. */
export function readExtensions(given: Readonly<Record<string, unknown>>): Extensions {
  const errors: FieldError[] = [];
  const extensions = readAll(given, (path, message) => errors.push({ path, message }));
  if (errors.length === 0) return Object.freeze(extensions);
  const text = errors.map(({ path, message }) => `${path}: ${message}`).join("; ");
  throw new WorkflowConfigurationError(`The configuration is wrong. ${text}.`, { errors });
}

/** A server without code of the operator's own. */
export const NO_EXTENSIONS: Extensions = readExtensions({});

/** The names under which a configuration may have code. */
export const EXTENSION_NAMES: readonly string[] = Object.keys(NO_EXTENSIONS);
