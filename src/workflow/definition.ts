/** A workflow of the user's own: a named async generator over the same ports and events as the four. */
import type { WorkflowEvent } from "../contract/events.ts";
import type { Usage } from "../contract/messages.ts";
import { WorkflowType } from "../contract/workflows.ts";
import { invalid } from "./errors.ts";
import type { ModelTurn } from "./model.ts";
import type { Resource, WorkflowRules } from "./plan/rules.ts";
import type { RunContext, WorkflowStream } from "./ports/middleware.ts";
import type { Tool } from "./ports/tools.ts";
import type { ConversationState } from "./state.ts";

/** The steps that a workflow may take, each an async generator: `state = yield* steps.retrieve(state)`. */
export interface WorkflowToolkit extends RunContext {
  /** Searches the plan's retriever for the user's last message; the passages go into the state and to the model. */
  retrieve(state: ConversationState): WorkflowStream;
  /** Calls the model once and streams what it says; `tools: false` binds none, so that it must answer. */
  callModel(
    state: ConversationState,
    options?: { readonly tools?: boolean },
  ): AsyncGenerator<WorkflowEvent, ModelTurn, undefined>;
  /** Answers each call of a turn once, within the limits of the plan; the results go into the state. */
  useTools(state: ConversationState, turn: ModelTurn): WorkflowStream;
  /** Model and tools in turn until there is an answer: what the workflows `tools` and `full` do. */
  converse(state: ConversationState): WorkflowStream;
  /** The tools of the plan, for a workflow that calls them by itself. */
  tools(): Promise<readonly Tool[]>;
  /** Adds what a model that was called without `callModel` has used. */
  countUsage(usage: Partial<Usage>): void;
}

export interface WorkflowDefinition extends WorkflowRules {
  readonly name: string;
  /**
   * Gets the state after the memory step: the window of history, the summary, who asks. Yields events and returns the
   * final state; a throw fails the run. `steps.signal` aborts when the run is stopped.
   */
  readonly run: (state: ConversationState, steps: WorkflowToolkit) => WorkflowStream;
}

/** What `defineWorkflow` is given: `description` and `required` may be left out. */
export interface WorkflowInput extends Pick<WorkflowDefinition, "name" | "run"> {
  readonly description?: string;
  /** What must exist for it: `retriever`, `tools`. Its parameters follow from this. */
  readonly required?: readonly Resource[];
}

const RESOURCES: readonly string[] = ["retriever", "tools"];

/** Checks and completes a workflow. Throws a `WorkflowValidationError` that says what is wrong with it. */
export function defineWorkflow(input: WorkflowInput): WorkflowDefinition {
  const { name, description = "", required = [], run } = input;
  if (!/^[a-z][a-z0-9_-]{0,63}$/.test(name)) {
    throw invalid(
      "name",
      `"${name}" must be 1 to 64 lower-case letters, digits, - or _, and begin with a letter`,
    );
  }
  if (WorkflowType.safeParse(name).success || name === "basic") {
    throw invalid("name", `"${name}" is the name of a workflow of Chatter`);
  }
  const unknown = required.find((resource) => !RESOURCES.includes(resource));
  if (unknown !== undefined) throw invalid("required", `"${unknown}" must be retriever or tools`);
  if (typeof run !== "function") throw invalid("run", "must be an async generator function");
  return Object.freeze({ name, description, required, run });
}
