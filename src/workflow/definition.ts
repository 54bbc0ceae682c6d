/** A workflow of the user's own: a named async generator over the same ports and events as the four. */
import type { WorkflowEvent } from "../contract/events.ts";
import type { Usage } from "../contract/messages.ts";
import type { FieldError } from "../contract/problems.ts";
import type { ModelRef } from "../contract/profiles.ts";
import { WORKFLOW_ALIASES, WorkflowType } from "../contract/workflows.ts";
import { WorkflowValidationError } from "./errors.ts";
import type { ModelTurn } from "./model.ts";
import type { Resource, WorkflowRules } from "./plan/rules.ts";
import { hint } from "./plan/suggest.ts";
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
  /**
   * Answers each call of a turn once, within the limits of the plan; the results go into the state. The workflow must
   * have `required: ["tools"]`. Where an attempt died with its server, the next one gets the turns and the results that
   * there were: a workflow that takes its steps in the same order asks no model and runs no tool twice.
   * Where a person has to agree to a call, the attempt ends here, and the next one goes on with what was decided.
   */
  useTools(state: ConversationState, turn: ModelTurn): WorkflowStream;
  /** Model and tools in turn until there is an answer: what the workflows `tools` and `full` do. */
  converse(state: ConversationState): WorkflowStream;
  /**
   * The tools of the plan, for a workflow that calls them by itself. A call that a person has to agree to throws: only
   * `useTools` can wait.
   */
  tools(): Promise<readonly Tool[]>;
  /** Adds what a model that was called without `callModel` has used; `answeredBy`: which one, where it is known. */
  countUsage(usage: Partial<Usage>, answeredBy?: ModelRef): void;
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

const FIELDS: readonly string[] = ["name", "description", "required", "run"];

/** The rules that a workflow breaks; what is checked here may come from a file without types. */
function findFaults(input: Readonly<Record<string, unknown>>): FieldError[] {
  const { name, description, required, run } = input;
  const resources = Array.isArray(required) ? required.map(String) : [];
  const rules: [holds: boolean, path: string, message: string][] = [
    [
      typeof name === "string" && /^[a-z][a-z0-9_-]{0,63}$/.test(name),
      "name",
      `"${String(name)}" must be 1 to 64 lower-case letters, digits, - or _, and begin with a letter`,
    ],
    [
      !WorkflowType.safeParse(name).success && !Object.hasOwn(WORKFLOW_ALIASES, String(name)),
      "name",
      `"${String(name)}" is the name of a workflow of Chatter`,
    ],
    [description === undefined || typeof description === "string", "description", "must be text"],
    [
      required === undefined || Array.isArray(required),
      "required",
      "must be a list of retriever, tools",
    ],
    [typeof run === "function", "run", "must be an async generator function"],
  ];
  const strange = resources.filter((resource) => !RESOURCES.includes(resource));
  const unknown = Object.keys(input).filter((field) => !FIELDS.includes(field));
  return [
    ...rules.filter(([holds]) => !holds).map(([, path, message]) => ({ path, message })),
    ...strange.map((resource) => ({
      path: "required",
      message: `"${resource}" must be retriever or tools`,
    })),
    ...unknown.map((path) => ({ path, message: `is no part of a workflow${hint(path, FIELDS)}` })),
  ];
}

/** Checks and completes a workflow. Throws a `WorkflowValidationError` that says everything that is wrong with it. */
export function defineWorkflow(input: WorkflowInput): WorkflowDefinition {
  if (typeof input !== "object" || input === null) {
    throw new WorkflowValidationError("A workflow must be an object with a name and a run.", [
      { path: "", message: "must be an object with a name and a run" },
    ]);
  }
  const errors = findFaults({ ...input });
  if (errors.length > 0) {
    const text = errors.map(({ path, message }) => `${path}: ${message}`).join("; ");
    throw new WorkflowValidationError(`The workflow is not usable. ${text}.`, errors);
  }
  const { name, description = "", required = [], run } = input;
  return Object.freeze({ name, description, required: Object.freeze([...required]), run });
}
