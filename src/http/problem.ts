/** Errors as clients see them: the one place that knows HTTP status, and that masks what is nobody's business. */
import type { z } from "zod";
import {
  type ErrorCode,
  type FieldError,
  type Problem,
  problemType,
} from "../contract/problems.ts";
import { RunFailedError } from "../runs/response.ts";
import { WorkflowError, WorkflowValidationError } from "../workflow/errors.ts";
import { rateLimitHeaders } from "./rate-limit.ts";

interface Kind {
  readonly status: number;
  readonly title: string;
}

const KINDS: Readonly<Record<ErrorCode, Kind>> = {
  WORKFLOW_VALIDATION_ERROR: { status: 422, title: "The request breaks a rule" },
  WORKFLOW_CONFIG_ERROR: { status: 422, title: "The workflow cannot be put together" },
  WORKFLOW_EXECUTION_ERROR: { status: 500, title: "The run failed" },
  PROVIDER_ERROR: { status: 502, title: "The model provider failed" },
  PROVIDER_TIMEOUT: { status: 504, title: "The model provider did not answer in time" },
  PROVIDER_RATE_LIMITED: { status: 503, title: "The model provider is limiting requests" },
  CONTENT_POLICY_VIOLATION: { status: 422, title: "The content policy forbids it" },
  RATE_LIMITED: { status: 429, title: "Too many requests" },
  BUDGET_EXCEEDED: { status: 429, title: "The budget is used up" },
  NOT_FOUND: { status: 404, title: "Not found" },
  CONFLICT: { status: 409, title: "Not possible in the present state" },
  IDEMPOTENCY_MISMATCH: { status: 422, title: "The Idempotency-Key belongs to another request" },
  UNAUTHENTICATED: { status: 401, title: "Authentication is needed" },
  FORBIDDEN: { status: 403, title: "Not permitted" },
  PAYLOAD_TOO_LARGE: { status: 413, title: "The body is too large" },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: "The media type is not supported" },
  OVERLOADED: { status: 503, title: "The server is busy" },
  UNAVAILABLE: { status: 503, title: "The server is not available" },
  INTERNAL_ERROR: { status: 500, title: "Internal error" },
};

/** The HTTP status of a code. */
export function statusOf(code: ErrorCode): number {
  return KINDS[code].status;
}

const MASKED =
  "Something went wrong on our side. The server's log has the details under this request's id.";

/** What a problem is about. */
export interface ProblemContext {
  readonly instance?: string;
  readonly requestId?: string;
  readonly runId?: string;
}

/** Turns an error into a problem. Errors that nobody raised on purpose are masked; log them with their cause. */
export function toProblem(error: unknown, context: ProblemContext = {}): Problem {
  if (error instanceof RunFailedError) {
    return { ...error.problem, ...(context.requestId && { request_id: context.requestId }) };
  }
  const known = error instanceof WorkflowError ? error : null;
  const code = known?.code ?? "INTERNAL_ERROR";
  return {
    type: problemType(code),
    title: KINDS[code].title,
    status: KINDS[code].status,
    detail: known?.message ?? MASKED,
    code,
    ...(context.instance && { instance: context.instance }),
    ...(context.requestId && { request_id: context.requestId }),
    ...(context.runId && { run_id: context.runId }),
    ...known?.details,
  };
}

/** Whether an error was raised on purpose, so that clients see it as it is. */
export function isExpected(error: unknown): boolean {
  return error instanceof WorkflowError || error instanceof RunFailedError;
}

/** Headers that belong to a problem: limits, when to come back, and whether to try again at all. */
export function problemHeaders(problem: Problem, error: unknown): Record<string, string> {
  const headers: Record<string, string> = {
    "content-type": "application/problem+json",
    ...rateLimitHeaders(problem.limits ?? []),
  };
  const retryAfterMs = error instanceof WorkflowError ? error.retryAfterMs : undefined;
  if (retryAfterMs !== undefined) headers["retry-after"] = String(Math.ceil(retryAfterMs / 1000));
  else if (problem.status === 503) headers["retry-after"] = "1";
  if (problem.code === "CONFLICT") headers["x-should-retry"] = "false";
  if (problem.code === "UNAUTHENTICATED") headers["www-authenticate"] = "Bearer";
  return headers;
}

function toFieldErrors(issue: z.core.$ZodIssue, where: string): FieldError[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: [...path, key].join("."),
      message: "is not a known field",
    }));
  }
  // Of a record's key the schema says no more than that it is wrong; why is said within.
  const within = issue.code === "invalid_key" ? issue.issues : [];
  const message = within.map(({ message: why }) => why).join("; ") || issue.message;
  return [{ path: path.join(".") || where, message }];
}

/** The error for input that does not fit its schema; `where` names it as a whole: `body`, `query`. */
export function toValidationError(error: z.ZodError, where: string): WorkflowValidationError {
  const errors = error.issues.flatMap((issue) => toFieldErrors(issue, where));
  const text = errors.map(({ path, message }) => `${path}: ${message}`).join("; ");
  return new WorkflowValidationError(`The ${where} breaks a rule. ${text}.`, errors);
}
