/** Compiling: what all runs of one shape have in common is made once. */
import type { WorkflowDefinition } from "./definition.ts";
import { WorkflowError, WorkflowExecutionError } from "./errors.ts";
import type { CompiledWorkflow, Execution } from "./execution.ts";
import { converse } from "./loop.ts";
import { composeMiddleware, type Steps } from "./middleware.ts";
import type { Middleware } from "./ports/middleware.ts";
import type { Provider, ToolDescription } from "./ports/model.ts";
import { retrieve } from "./retrieve/retrieve.ts";
import type { ConversationState } from "./state.ts";
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
  const retrieved = yield* retrieve(state, execution);
  return yield* converse(retrieved, execution);
}

/** What a workflow without types may do wrong is said in words that lead to the place. */
function misshapen({ name }: WorkflowDefinition, what: string): WorkflowExecutionError {
  return new WorkflowExecutionError(`The workflow "${name}" ${what}.`);
}

/** Runs a workflow of the user's own. What it throws on purpose passes; anything else is a failure of this workflow. */
async function* ownSteps(
  definition: WorkflowDefinition,
  ...[state, execution]: Parameters<Steps<Execution>>
): ReturnType<Steps<Execution>> {
  const { signal } = execution;
  try {
    const stream = definition.run(state, createToolkit(execution));
    if (!(Symbol.asyncIterator in Object(stream))) {
      throw misshapen(definition, "must be written as an async generator: async function* run");
    }
    const end: ConversationState | undefined = yield* stream;
    if (!end) throw misshapen(definition, "ended without a state: its last line must return one");
    return end;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof WorkflowError) throw error;
    throw new WorkflowExecutionError(`The workflow "${definition.name}" failed.`, { cause: error });
  }
}

/** Puts a workflow together. */
export function compileWorkflow({
  provider,
  tools,
  middleware,
  definition,
}: WorkflowParts): CompiledWorkflow {
  const inner: Steps<Execution> = definition
    ? (state, execution) => ownSteps(definition, state, execution)
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
