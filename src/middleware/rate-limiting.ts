/** So many requests of a user in a window of time, and in several windows at once. */
import type { LimitState } from "../contract/limits.ts";
import { WorkflowError } from "../workflow/errors.ts";
import type { Admission, AdmissionRequest, Middleware } from "../workflow/ports/middleware.ts";
import type { Store, StoreTransaction } from "../workflow/ports/store.ts";
import { type RateLimit, StoreRateLimiter, type WindowState } from "./store-rate-limiter.ts";

/** What applies where nothing else is said. */
const DEFAULT_RATE_LIMITS: readonly RateLimit[] = [
  { name: "hour", limit: 100, windowSeconds: 3600 },
];

/** A window after a request has knocked at it. */
interface Knock {
  readonly rule: RateLimit;
  readonly limiter: StoreRateLimiter;
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
function refusal(knocks: readonly Knock[]): WorkflowError {
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

/**
 * Limits the requests of each user. They are counted when a request is admitted, in the store, so that the count
 * outlives a restart and holds over all instances. A request that is refused, by this limit or by anything after
 * it, and the replay of an earlier one do not count.
 */
export class RateLimitingMiddleware implements Middleware {
  readonly name = "rate limiting";
  readonly #store: Pick<Store, "transaction">;
  readonly #rules: readonly { readonly rule: RateLimit; readonly limiter: StoreRateLimiter }[];

  constructor(
    store: Pick<Store, "transaction">,
    limits: readonly RateLimit[] = DEFAULT_RATE_LIMITS,
  ) {
    this.#store = store;
    // Always in this order: transactions that lock the same rows in different orders wait for each other.
    this.#rules = limits
      .toSorted((a, b) => a.windowSeconds - b.windowSeconds)
      .map((rule) => ({ rule, limiter: new StoreRateLimiter(rule) }));
  }

  /** Throws a `RATE_LIMITED` error when one of the windows is full; then none of them is touched. */
  async admit({ userId }: AdmissionRequest): Promise<Admission> {
    const knocks = await this.#store.transaction((tx) => this.#knock(userId, tx));
    return {
      limits: knocks.map((knock) => toState(knock, knock.window.remainingPoints)),
      undo: () => this.#giveBack(userId, knocks),
    };
  }

  /** Asks all windows, so that a refusal can tell how each of them stands; its throw undoes what was taken. */
  async #knock(userId: string, tx: StoreTransaction): Promise<readonly Knock[]> {
    const knocks: Knock[] = [];
    for (const { rule, limiter } of this.#rules) {
      knocks.push({ rule, limiter, ...(await limiter.take(userId, tx.limits)) });
    }
    if (knocks.some(({ taken }) => !taken)) throw refusal(knocks);
    return knocks;
  }

  #giveBack(userId: string, knocks: readonly Knock[]): Promise<void> {
    return this.#store.transaction(async (tx) => {
      for (const { limiter, window } of knocks) await limiter.giveBack(userId, window, tx.limits);
    });
  }
}
