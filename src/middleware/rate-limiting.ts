/** So many requests of a user in a window of time, and in several windows at once. */
import { LRUCache } from "lru-cache";
import type { LimitState } from "../contract/limits.ts";
import { WorkflowError } from "../workflow/errors.ts";
import type { AdmissionRequest, Middleware } from "../workflow/ports/middleware.ts";
import type { StoreTransaction } from "../workflow/ports/store.ts";
import { type RateLimit, StoreRateLimiter, type WindowState } from "./store-rate-limiter.ts";

/** What applies where nothing else is said. */
const DEFAULT_RATE_LIMITS: readonly RateLimit[] = [
  { name: "hour", limit: 100, windowSeconds: 3600 },
];

/** A window after a request has knocked at it. */
interface Knock {
  readonly rule: RateLimit;
  readonly taken: boolean;
  readonly window: WindowState;
}

function toState({ rule, window }: Knock, remaining: number): LimitState {
  return {
    name: rule.name,
    limit: rule.limit,
    window_seconds: rule.windowSeconds,
    remaining,
    reset_seconds: Math.ceil(window.msBeforeNext / 1000),
  };
}

/** The refusal. Windows that had room still have what was taken a moment ago: all of it is undone. */
function refusalOf(knocks: readonly Knock[]): WorkflowError {
  const full = knocks.filter(({ taken }) => !taken);
  const retryAfterMs = Math.max(...full.map(({ window }) => window.msBeforeNext));
  const rules = full.map(({ rule }) => `${rule.limit} per ${rule.name}`).join(" and ");
  const limits = knocks.map((knock) => {
    const { taken, window } = knock;
    return toState(knock, window.remainingPoints + (taken ? 1 : 0));
  });
  return new WorkflowError(
    "RATE_LIMITED",
    `Your requests are used up: the limit is ${rules}. Try again in ${Math.ceil(retryAfterMs / 1000)} s.`,
    { details: { limits }, retryAfterMs },
  );
}

/** So long the last refusal of a user stands, in milliseconds, before the store is asked again. */
const REFUSAL_MS = 1000;

/** Of so many users the last refusal is remembered. */
const REFUSALS = 10_000;

/**
 * Limits the requests of each user. They are counted in the transaction that stores a request, so that the count
 * outlives a restart, holds over all instances, and has neither requests that are refused nor replays in it. Who keeps
 * knocking at a full window costs the store one transaction a second.
 */
export class RateLimitingMiddleware implements Middleware {
  readonly name = "rate limiting";
  readonly #rules: readonly { readonly rule: RateLimit; readonly limiter: StoreRateLimiter }[];
  readonly #refusals = new LRUCache<string, WorkflowError>({ max: REFUSALS, ttl: REFUSAL_MS });

  constructor(limits: readonly RateLimit[] = DEFAULT_RATE_LIMITS) {
    // Always in this order: transactions that lock the same rows in different orders wait for each other.
    this.#rules = limits
      .toSorted((a, b) => a.windowSeconds - b.windowSeconds)
      .map((rule) => ({ rule, limiter: new StoreRateLimiter(rule) }));
  }

  /** Throws the `RATE_LIMITED` error of a moment ago, so that nothing is read or stored for whoever does not wait. */
  async admit({ userId }: AdmissionRequest): Promise<void> {
    const refusal = this.#refusals.get(userId);
    if (refusal) throw refusal;
  }

  /**
   * Takes a place in each window. Throws a `RATE_LIMITED` error when one of them is full, which tells how each of them
   * stands.
   */
  async charge({ userId }: AdmissionRequest, tx: StoreTransaction): Promise<LimitState[]> {
    const knocks: Knock[] = [];
    for (const { rule, limiter } of this.#rules) {
      knocks.push({ rule, ...(await limiter.take(userId, tx.limits)) });
    }
    if (knocks.every(({ taken }) => taken)) {
      return knocks.map((knock) => toState(knock, knock.window.remainingPoints));
    }
    const refusal = refusalOf(knocks);
    // Not beyond the end of the window: who comes back in time is let in.
    const ttl = Math.min(REFUSAL_MS, Math.ceil(refusal.retryAfterMs ?? 0));
    if (ttl > 0) this.#refusals.set(userId, refusal, { ttl });
    throw refusal;
  }
}
