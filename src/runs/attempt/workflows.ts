/** From the plan of a run to its compiled workflow, through the cache. */
import { WorkflowConfigurationError } from "../../workflow/errors.ts";
import type { WorkflowCache, WorkflowShape } from "../../workflow/cache.ts";
import { compileWorkflow } from "../../workflow/compile.ts";
import type { WorkflowDefinition } from "../../workflow/definition.ts";
import type { CompiledWorkflow } from "../../workflow/execution.ts";
import { BUILT_IN_WORKFLOWS } from "../../workflow/plan/rules.ts";
import type { Middleware } from "../../workflow/ports/middleware.ts";
import type { Provider } from "../../workflow/ports/model.ts";
import type { ToolSource } from "../../workflow/ports/tools.ts";
import { firstTools } from "../../workflow/tool-calls/tool-search.ts";
import type { RunPlan } from "../../contract/runs.ts";

/** What workflows are compiled from. */
export interface WorkflowSource {
  /** The provider of a plan, with its further models behind it. Throws a `WorkflowConfigurationError`. */
  readonly providerFor: (plan: RunPlan) => Provider;
  /** Null where there are no tools. */
  readonly tools: ToolSource | null;
  /** In the order of registration. */
  readonly middleware: readonly Middleware[];
  /** The workflows of the user's own, by name. */
  readonly definitions: ReadonlyMap<string, WorkflowDefinition>;
  readonly cache: WorkflowCache;
}

function shapeOf(plan: RunPlan, { tools, middleware }: WorkflowSource): WorkflowShape {
  return {
    plan,
    retriever: plan.retrieval?.retriever ?? null,
    tools: firstTools(plan).map((name) => [name, tools?.version(name) ?? ""] as const),
    middleware: middleware.map(({ name }) => name),
  };
}

function definitionOf(plan: RunPlan, { definitions }: WorkflowSource): WorkflowDefinition | null {
  if (BUILT_IN_WORKFLOWS.has(plan.workflow)) return null;
  const definition = definitions.get(plan.workflow);
  if (definition) return definition;
  throw new WorkflowConfigurationError(
    `The workflow "${plan.workflow}" of this run is no longer configured.`,
    { workflowType: plan.workflow },
  );
}

/**
 * The compiled workflow of a plan: the one that is there, or a new one. Throws a `WorkflowConfigurationError` when
 * something that the plan names is no longer there.
 */
export async function compiledFor(
  plan: RunPlan,
  source: WorkflowSource,
  signal: AbortSignal,
): Promise<CompiledWorkflow> {
  const shape = shapeOf(plan, source);
  const known = source.cache.get(shape);
  if (known) return known;
  const compiled = compileWorkflow({
    provider: source.providerFor(plan),
    // What a run finds beyond these is its own, and never part of what is kept.
    tools: plan.tools && source.tools ? await source.tools.load(firstTools(plan), signal) : [],
    middleware: source.middleware,
    definition: definitionOf(plan, source),
  });
  source.cache.put(shape, compiled);
  return compiled;
}
