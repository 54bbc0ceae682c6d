import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ErrorCode, Problem } from "../contract/problems.ts";
import { RunFailedError } from "../runs/response.ts";
import {
  ConflictError,
  IdempotencyMismatchError,
  NotFoundError,
  ProviderError,
  UnavailableError,
  WorkflowError,
  WorkflowExecutionError,
} from "../workflow/errors.ts";
import { isExpected, problemHeaders, statusOf, toProblem, toValidationError } from "./problem.ts";

/** As the contract has them. */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  WORKFLOW_VALIDATION_ERROR: 422,
  WORKFLOW_CONFIG_ERROR: 422,
  WORKFLOW_EXECUTION_ERROR: 500,
  PROVIDER_ERROR: 502,
  PROVIDER_TIMEOUT: 504,
  PROVIDER_RATE_LIMITED: 503,
  CONTENT_POLICY_VIOLATION: 422,
  RATE_LIMITED: 429,
  BUDGET_EXCEEDED: 429,
  NOT_FOUND: 404,
  CONFLICT: 409,
  IDEMPOTENCY_MISMATCH: 422,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  OVERLOADED: 503,
  UNAVAILABLE: 503,
  INTERNAL_ERROR: 500,
};

function headersOf(error: unknown): Record<string, string> {
  return problemHeaders(toProblem(error), error);
}

describe("a problem", () => {
  it.each(ErrorCode.options)("has the status of its code: %s", (code) => {
    const problem = toProblem(new WorkflowError(code, "It went wrong."));
    expect(Problem.safeParse(problem).error).toBeUndefined();
    expect(problem).toMatchObject({ code, status: STATUS[code], detail: "It went wrong." });
    expect(problem.type).toMatch(/^urn:chatter:problem:[a-z-]+$/);
    expect(statusOf(code)).toBe(STATUS[code]);
  });

  it("says where it happened, and what the error says of itself", () => {
    const error = new WorkflowExecutionError("The step failed.", {
      step: "model",
      workflowId: "w",
    });
    const context = { instance: "/api/v1/chat", requestId: "req_1", runId: "run_1" };
    expect(toProblem(error, context)).toEqual({
      type: "urn:chatter:problem:workflow-execution-error",
      title: "The run failed",
      status: 500,
      detail: "The step failed.",
      code: "WORKFLOW_EXECUTION_ERROR",
      instance: "/api/v1/chat",
      request_id: "req_1",
      run_id: "run_1",
      failed_step: "model",
      workflow_id: "w",
    });
  });

  it.each([
    { error: new TypeError("password is hunter2"), kind: "a defect" },
    { error: { code: "NOT_FOUND", message: "hunter2" }, kind: "what only looks like an error" },
    { error: "hunter2", kind: "a thrown text" },
    { error: undefined, kind: "nothing" },
  ])("masks $kind", ({ error }) => {
    const problem = toProblem(error);
    expect(problem).toMatchObject({ code: "INTERNAL_ERROR", status: 500 });
    expect(JSON.stringify(problem)).not.toContain("hunter2");
    expect(isExpected(error)).toBe(false);
  });

  it("keeps the cause of an error to itself", () => {
    const cause = new Error("hunter2");
    const problem = toProblem(new WorkflowExecutionError("Failed.", { step: "model", cause }));
    expect(JSON.stringify(problem)).not.toContain("hunter2");
  });

  it("is the run's own for a run that failed, under this request's id", () => {
    const failed = toProblem(new NotFoundError("Model x"), { requestId: "req_1" });
    const error = new RunFailedError(failed);
    expect(toProblem(error, { requestId: "req_2" })).toEqual({ ...failed, request_id: "req_2" });
    expect(isExpected(error)).toBe(true);
  });
});

describe("the headers of a problem", () => {
  it("name its media type, and no more where nothing is to be said", () => {
    expect(headersOf(new NotFoundError("It"))).toEqual({
      "content-type": "application/problem+json",
    });
  });

  it("say when to come back, in whole seconds, rounded up", () => {
    const error = new UnavailableError("OVERLOADED", "Busy.", 1200);
    expect(headersOf(error)["retry-after"]).toBe("2");
    const limited = new ProviderError("PROVIDER_RATE_LIMITED", "p", "Slow.", {
      retryAfterMs: 30_000,
    });
    expect(headersOf(limited)["retry-after"]).toBe("30");
  });

  it("always say so with 503", () => {
    const limited = new ProviderError("PROVIDER_RATE_LIMITED", "p", "Slow down.");
    expect(headersOf(limited)["retry-after"]).toBe("1");
    expect(headersOf(new RunFailedError(toProblem(limited)))["retry-after"]).toBe("1");
  });

  it("say where somebody stands with limits", () => {
    const hour = { name: "hour", limit: 5, window_seconds: 3600, remaining: 0, reset_seconds: 90 };
    const error = new WorkflowError("RATE_LIMITED", "Used up.", {
      details: { limits: [hour] },
      retryAfterMs: 89_500,
    });
    expect(headersOf(error)).toEqual({
      "content-type": "application/problem+json",
      "retry-after": "90",
      ratelimit: '"hour";r=0;t=90',
      "ratelimit-policy": '"hour";q=5;w=3600',
    });
    expect(toProblem(error).limits).toEqual([hour]);
  });

  it("advise against trying a conflict again, and only that", () => {
    expect(headersOf(new ConflictError("Not now."))["x-should-retry"]).toBe("false");
    expect(headersOf(new IdempotencyMismatchError())).not.toHaveProperty("x-should-retry");
  });

  it("ask for a key", () => {
    const error = new WorkflowError("UNAUTHENTICATED", "Send a key.");
    expect(headersOf(error)["www-authenticate"]).toBe("Bearer");
    expect(headersOf(new WorkflowError("FORBIDDEN", "No."))).not.toHaveProperty("www-authenticate");
  });
});

describe("a validation error", () => {
  const Body = z.strictObject({
    message: z.string().min(1, { error: "must not be empty" }),
    nested: z.strictObject({ list: z.array(z.int({ error: "must be whole" })) }).optional(),
  });

  function refuse(input: unknown): WorkflowError {
    const parsed = Body.safeParse(input);
    if (parsed.success) throw new Error("It was accepted.");
    return toValidationError(parsed.error, "body");
  }

  it("says of a name that is wrong why it is", () => {
    const schema = z.record(z.string().regex(/^[a-z]+$/, { error: "must be letters" }), z.number());
    const { error } = schema.safeParse({ a: 1, "b-c": 2 });
    if (!error) throw new Error("It was accepted.");
    expect(toValidationError(error, "body").details.errors).toEqual([
      { path: "b-c", message: "must be letters" },
    ]);
  });

  it("names every field that is wrong, by its path", () => {
    const error = refuse({ message: "", nested: { list: [1, 1.5], b: 1 }, a: 1, c: 1 });
    expect(toProblem(error)).toMatchObject({ status: 422, code: "WORKFLOW_VALIDATION_ERROR" });
    expect(error.details.errors).toEqual([
      { path: "message", message: "must not be empty" },
      { path: "nested.list.1", message: "must be whole" },
      { path: "nested.b", message: "is not a known field" },
      { path: "a", message: "is not a known field" },
      { path: "c", message: "is not a known field" },
    ]);
    expect(error.details.invalid_parameters).toContain("nested.list.1");
    expect(error.message).toContain("message: must not be empty");
  });

  it("names the whole where it is no object at all", () => {
    expect(refuse([]).details.errors).toMatchObject([{ path: "body" }]);
  });
});
