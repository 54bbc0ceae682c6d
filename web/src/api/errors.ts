/** Errors in plain words. */
import { ChatterError, ConnectionError, type RunProblem } from "../../../src/client/index.ts";
import { plainRule } from "./rules.ts";

/** What went wrong, for a person. */
export interface Explanation {
  readonly title: string;
  /** Empty when the fields say it all. */
  readonly detail: string;
  /** Fields that the server did not accept, and why; empty where the detail tells. */
  readonly fields: readonly string[];
  readonly requestId: string | null;
}

const TITLES: Partial<Record<RunProblem["code"], string>> = {
  PROVIDER_ERROR: "The model could not answer",
  PROVIDER_TIMEOUT: "The model took too long to answer",
  PROVIDER_RATE_LIMITED: "The model is busy",
  RATE_LIMITED: "That was too many messages for now",
  BUDGET_EXCEEDED: "The budget is used up",
  CONTENT_POLICY_VIOLATION: "The content rules of this server forbid this",
  NOT_FOUND: "This is not here",
  CONFLICT: "Something else is under way here",
  UNAUTHENTICATED: "The server did not accept the key",
  FORBIDDEN: "Your key does not allow this",
  PAYLOAD_TOO_LARGE: "That is too long",
  OVERLOADED: "The server is busy",
  UNAVAILABLE: "The server is not ready",
  INTERNAL_ERROR: "Something went wrong on the server",
  WORKFLOW_VALIDATION_ERROR: "The server did not accept this",
  WORKFLOW_CONFIG_ERROR: "The server did not accept these settings",
  WORKFLOW_EXECUTION_ERROR: "The answer could not be finished",
};

/** What went wrong in a run, by the name of its step. */
const STEPS: Readonly<Record<string, string>> = {
  memory: "Recalling the conversation failed.",
  retrieve: "Searching the documents failed.",
  model: "Asking the model failed.",
  tools: "Using a tool failed.",
};

/** What the server says of a step where it must not say more. */
const STEP_FAILED = /^The step "\w+" failed\.$/;

/** A problem of the server in plain words, its own detail included. */
export function explainProblem(problem: RunProblem): Explanation {
  const fields = (problem.errors ?? []).map(
    ({ path, message }) => `${path}: ${plainRule(message)}`,
  );
  // The detail of broken rules is the list of them once more; any other says itself what the fields are about.
  const listed = problem.code === "WORKFLOW_VALIDATION_ERROR" && fields.length > 0;
  return {
    title: TITLES[problem.code] ?? problem.title,
    detail: listed ? "" : problem.detail,
    fields: listed ? fields : [],
    requestId: problem.request_id ?? null,
  };
}

/** Why a run failed, and at which of its steps. */
export function explainFailure(problem: RunProblem): Explanation {
  const explanation = explainProblem(problem);
  const step = STEPS[problem.failed_step ?? ""];
  // The titles of a provider's failures name the model already.
  if (step === undefined || problem.code.startsWith("PROVIDER_")) return explanation;
  const said = explanation.detail.replace(STEP_FAILED, "");
  return { ...explanation, detail: `${step} ${said}`.trim() };
}

/** Any error in plain words. */
export function explain(error: unknown): Explanation {
  if (error instanceof ChatterError) return explainProblem(error.problem);
  const plain = { fields: [], requestId: null };
  if (error instanceof ConnectionError) {
    const detail =
      error.status === null
        ? "Check that Chatter is running and that you are connected to its network."
        : error.message;
    return { title: "The server could not be reached", detail, ...plain };
  }
  const detail = error instanceof Error ? error.message : String(error);
  return { title: "Something went wrong in this page", detail, ...plain };
}

/** True when a call was given up on purpose, which nobody needs to hear about. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
