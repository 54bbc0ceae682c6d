/** What a user adds to a server in code, beside its settings. */
import type { WorkflowDefinition } from "./workflow/definition.ts";
import type { ServerDefaults } from "./workflow/plan/sources.ts";
import type { Retriever } from "./workflow/ports/retrieval.ts";
import type { Tool } from "./workflow/ports/tools.ts";

export interface Extensions {
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

export const NO_EXTENSIONS: Extensions = Object.freeze({
  tools: [],
  retrievers: {},
  workflows: [],
  defaults: {},
  abTestGroups: [],
});
