/** Errors on the wire: RFC 9457 `application/problem+json`, with a code that programs can rely on. */
import { z } from "zod";
import { LimitState } from "./limits.ts";
import { id } from "./text.ts";

export const ErrorCode = z.enum([
  "WORKFLOW_VALIDATION_ERROR",
  "WORKFLOW_CONFIG_ERROR",
  "WORKFLOW_EXECUTION_ERROR",
  "PROVIDER_ERROR",
  "PROVIDER_TIMEOUT",
  "PROVIDER_RATE_LIMITED",
  "CONTENT_POLICY_VIOLATION",
  "RATE_LIMITED",
  "BUDGET_EXCEEDED",
  "NOT_FOUND",
  "CONFLICT",
  "IDEMPOTENCY_MISMATCH",
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "PAYLOAD_TOO_LARGE",
  "UNSUPPORTED_MEDIA_TYPE",
  "OVERLOADED",
  "UNAVAILABLE",
  "INTERNAL_ERROR",
]);
export type ErrorCode = z.infer<typeof ErrorCode>;

/** One thing that is wrong with the input: where (a path such as `metadata.team`) and what the rule is. */
export const FieldError = z.object({ path: z.string(), message: z.string() });
export type FieldError = z.infer<typeof FieldError>;

/** What an error may say beyond its message; each field is absent where it does not apply. */
export const ErrorDetails = z.object({
  errors: z.array(FieldError).optional(),
  workflow_type: z.string().optional(),
  missing_parameter: z.string().optional(),
  workflow_id: z.string().optional(),
  failed_step: z.string().optional(),
  invalid_parameters: z.array(z.string()).optional(),
  run_id: id("run").optional(),
  conversation_id: id("conv").optional(),
  limits: z.array(LimitState).optional(),
});
export type ErrorDetails = z.infer<typeof ErrorDetails>;

export const Problem = ErrorDetails.extend({
  type: z.string().describe("a URN for the kind of problem"),
  title: z.string().describe("the kind of problem in words, the same every time"),
  status: z.number().int(),
  detail: z.string().describe("what happened this time, and what to do about it"),
  instance: z.string().optional().describe("the resource that the problem is about"),
  code: ErrorCode,
  request_id: z.string().optional(),
}).meta({ id: "Problem" });
export type Problem = z.infer<typeof Problem>;

/** The URN of a kind of problem. */
export function problemType(code: ErrorCode): string {
  return `urn:chatter:problem:${code.toLowerCase().replaceAll("_", "-")}`;
}
