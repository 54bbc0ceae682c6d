/** When a failed attempt is made again, and how long to wait before it. */
import { ProviderError } from "../../workflow/errors.ts";
import { TimeLimitError } from "./errors.ts";

export interface RetryPolicy {
  /** Attempts after the first. */
  readonly retries: number;
  /** The pause before the first retry, in milliseconds; it doubles with each. */
  readonly baseMs: number;
  /** A server that asks for a longer pause than this, in milliseconds, is not waited for. */
  readonly maxRetryAfterMs: number;
}

export const DEFAULT_RETRY_POLICY: RetryPolicy = Object.freeze({
  retries: 2,
  baseMs: 500,
  maxRetryAfterMs: 20_000,
});

/**
 * The pause in milliseconds before the next attempt, or null when there should be none.
 * `attempt` counts from 0; `remainingMs` is what is left of the total limit; `random` is in [0, 1).
 */
export function retryDelay(
  error: unknown,
  attempt: number,
  remainingMs: number,
  policy: RetryPolicy,
  random: number = Math.random(),
): number | null {
  if (!(error instanceof ProviderError) || !error.retryable || attempt >= policy.retries)
    return null;
  // Someone who has waited for a whole time limit should not wait for it twice more.
  if (error instanceof TimeLimitError) return null;
  const asked = error.retryAfterMs ?? 0;
  if (asked > policy.maxRetryAfterMs) return null;
  // Half fixed, half by chance, so that the runs one outage stopped do not all come back at the same moment.
  const backOff = policy.baseMs * 2 ** attempt * (0.5 + random / 2);
  const delay = Math.max(asked, backOff);
  return delay < remainingMs ? delay : null;
}
