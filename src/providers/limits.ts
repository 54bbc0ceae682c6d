/** How long a provider may take, and the one timer that watches over a call. */

/** All in milliseconds. */
export interface TimeLimits {
  /** Until the connection stands. */
  readonly connectMs: number;
  /** From the request to the first piece of the answer, for each attempt. */
  readonly firstTokenMs: number;
  /** Without a single byte, once the answer has begun. */
  readonly idleMs: number;
  /** For the whole call, its retries and the pauses between them included. */
  readonly totalMs: number;
}

export type LimitName = "first token" | "idle" | "total";

export const DEFAULT_LIMITS: TimeLimits = Object.freeze({
  connectMs: 5_000,
  firstTokenMs: 60_000,
  idleMs: 30_000,
  totalMs: 600_000,
});

/** Longer than this, a Node timer would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Watches one attempt. It keeps a single timer that looks at the clock when it fires and sets itself again, so a
 * token costs one reading of the clock and no timer. Call `stop` when the attempt is over.
 */
export class Stopwatch {
  readonly #limits: TimeLimits;
  readonly #totalDeadline: number;
  readonly #exceeded: (limit: LimitName) => void;
  readonly #startedAt = performance.now();
  #lastByteAt = this.#startedAt;
  #begun = false;
  #held = false;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;

  /** `totalDeadline` is in the time of `performance.now()`; `exceeded` is called at most once. */
  constructor(limits: TimeLimits, totalDeadline: number, exceeded: (limit: LimitName) => void) {
    this.#limits = limits;
    this.#totalDeadline = totalDeadline;
    this.#exceeded = exceeded;
    this.#look();
  }

  /** Bytes have come. */
  bytes(): void {
    this.#lastByteAt = performance.now();
  }

  /** The answer has begun: from now on the idle limit counts instead of the one for the first token. */
  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#look();
  }

  /** While our own reader holds the stream back, the provider's silence is not its fault. */
  hold(held: boolean): void {
    this.#held = held;
    this.#lastByteAt = performance.now();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #look(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    const now = performance.now();
    const begunOrNot = this.#begun
      ? this.#idleDeadline(now)
      : this.#startedAt + this.#limits.firstTokenMs;
    const next = Math.min(this.#totalDeadline, begunOrNot);
    if (now < next) {
      const wait = Math.min(Math.ceil(next - now), MAX_TIMER_MS);
      this.#timer = setTimeout(() => this.#look(), wait);
      return;
    }
    this.stop();
    if (now >= this.#totalDeadline) this.#exceeded("total");
    else this.#exceeded(this.#begun ? "idle" : "first token");
  }

  #idleDeadline(now: number): number {
    return (this.#held ? now : this.#lastByteAt) + this.#limits.idleMs;
  }
}
