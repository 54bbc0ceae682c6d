/** Compiling: what all runs of one shape have in common is made once. */
import type { WorkflowDefinition } from "./definition.ts";
import type { CompiledWorkflow, Execution } from "./execution.ts";
import { converse } from "./loop.ts";
import { composeMiddleware, type Steps } from "./middleware.ts";
import type { Middleware } from "./ports/middleware.ts";
import type { Provider, ToolDescription } from "./ports/model.ts";
import { retrieve } from "./retrieve.ts";
import { createToolkit } from "./toolkit.ts";

/** What a workflow is compiled from. */
export interface WorkflowParts {
  readonly provider: Provider;
  readonly tools: readonly ToolDescription[];
  /** In the order of registration. */
  readonly middleware: readonly Middleware[];
  /** A workflow of the user's own; null for one of the four. */
  readonly definition: WorkflowDefinition | null;
}

async function* standardSteps(
  ...[state, execution]: Parameters<Steps<Execution>>
): ReturnType<Steps<Execution>> {
  const retrieved = yield* retrieve(state, execution, execution.ports.retriever);
  return yield* converse(retrieved, execution);
}

/** Puts a workflow together. */
export function compileWorkflow({
  provider,
  tools,
  middleware,
  definition,
}: WorkflowParts): CompiledWorkflow {
  const inner: Steps<Execution> = definition
    ? (state, execution) => definition.run(state, createToolkit(execution))
    : standardSteps;
  const described = tools.map(({ name, description, parameters }) => ({
    name,
    description,
    parameters,
  }));
  return Object.freeze({
    provider,
    tools: Object.freeze(described),
    steps: composeMiddleware(middleware, inner),
  });
}
