/** The adapter between `rate-limiter-flexible` and our store: limits that outlive a restart and hold for all instances. */
import RateLimiterRes from "rate-limiter-flexible/lib/RateLimiterRes.js";
import RateLimiterStoreAbstract from "rate-limiter-flexible/lib/RateLimiterStoreAbstract.js";
import type { LimitStore, Taken } from "../workflow/ports/stores/limits.ts";

/** So many requests in a window of time, which begins with the first of them. */
export interface RateLimit {
  /** What it is called in headers and messages. */
  readonly name: string;
  readonly limit: number;
  /** In seconds. */
  readonly windowSeconds: number;
}

/** How a window stands, with its end in milliseconds since 1970. */
export class WindowState extends RateLimiterRes {
  readonly expiresAt: number;

  constructor(taken: Taken, limit: number) {
    // What the package takes for a refusal is more than the limit.
    const consumed = taken.taken ? taken.used : limit + 1;
    const left = Math.max(taken.expiresAt - Date.now(), 0);
    super(Math.max(limit - taken.used, 0), left, consumed);
    this.expiresAt = taken.expiresAt;
  }
}

/** The store to use for one call: usually that of a transaction. */
interface CallOptions {
  readonly limits: LimitStore;
}

/** One rate limit over the store. A request that is refused changes nothing. */
export class StoreRateLimiter extends RateLimiterStoreAbstract<CallOptions, Taken> {
  constructor({ limit, windowSeconds }: RateLimit) {
    const keyPrefix = `requests/${windowSeconds}`;
    super({ storeClient: null, points: limit, duration: windowSeconds, keyPrefix });
  }

  /** Takes one request of a user; says how the window stands, and whether there was room. */
  async take(userId: string, limits: LimitStore): Promise<{ taken: boolean; window: WindowState }> {
    try {
      return { taken: true, window: (await this.consume(userId, 1, { limits })) as WindowState };
    } catch (refusal) {
      if (refusal instanceof WindowState) return { taken: false, window: refusal };
      throw refusal;
    }
  }

  protected override _upsert(
    key: string,
    points: number,
    durationMs: number,
    _forceExpire: boolean,
    { limits }: CallOptions,
  ): Promise<Taken> {
    return limits.take(key, points, this.points, durationMs);
  }

  protected override _getRateLimiterRes(
    _key: string,
    _changedPoints: number,
    taken: Taken,
  ): RateLimiterRes {
    return new WindowState(taken, this.points);
  }
}
