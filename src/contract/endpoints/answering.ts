/** What the routes share that start a run. */
import { z } from "zod";

/** The header that makes a POST safe to repeat. */
export const IdempotencyHeaders = z.object({
  "idempotency-key": z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/, { error: "must be 1 to 255 printable ASCII characters" })
    .optional()
    .describe("the same key and body give the same run, replayed; another body is refused"),
});

/** What may go wrong with a run, and with its acceptance. */
export const runErrors = [
  "NOT_FOUND",
  "CONFLICT",
  "IDEMPOTENCY_MISMATCH",
  "WORKFLOW_CONFIG_ERROR",
  "WORKFLOW_EXECUTION_ERROR",
  "PROVIDER_ERROR",
  "PROVIDER_TIMEOUT",
  "PROVIDER_RATE_LIMITED",
  "CONTENT_POLICY_VIOLATION",
  "RATE_LIMITED",
  "OVERLOADED",
] as const;
