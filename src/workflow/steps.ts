/** Small helpers that every step of a run shares. */
import type { StepNode, WorkflowEvent } from "../contract/events.ts";
import { WorkflowError, WorkflowExecutionError } from "./errors.ts";

/** Says that a step begins. */
export function stepStarted(node: StepNode): WorkflowEvent {
  return { type: "step", node, status: "started", duration_ms: null };
}

/** Says that a step has ended well; `since` is when it began, of `performance.now()`. */
export function stepFinished(node: StepNode, since: number): WorkflowEvent {
  return {
    type: "step",
    node,
    status: "finished",
    duration_ms: Math.round(performance.now() - since),
  };
}

/**
 * What a step's failure becomes: errors with a code stay as they are, anything else is an execution error that
 * names the step and keeps its cause for the log. A cancelled run's own reason is passed on untouched.
 */
export function stepError(node: StepNode, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof WorkflowError) return error;
  return new WorkflowExecutionError(`The step "${node}" failed.`, { step: node, cause: error });
}
