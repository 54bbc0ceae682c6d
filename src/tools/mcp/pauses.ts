/** How long a server that fails is left alone. */

const FIRST_MS = 1000;
const LONGEST_MS = 60_000;

/** Pauses that double with each failure, from a second to a minute; each is shortened by chance to no less than half. */
export class Pauses {
  readonly #now: () => number;
  readonly #random: () => number;
  #failures = 0;
  #until = 0;

  /** `now`: Unix time in milliseconds; `random`: from 0 to 1. */
  constructor(now: () => number = Date.now, random: () => number = Math.random) {
    this.#now = now;
    this.#random = random;
  }

  /** How long the pause still lasts, in milliseconds; 0 when there is none. */
  get leftMs(): number {
    return Math.max(0, this.#until - this.#now());
  }

  /** When the pause ends, as ISO 8601; null when there is none. */
  get until(): string | null {
    return this.leftMs === 0 ? null : new Date(this.#until).toISOString();
  }

  failed(): void {
    // Whoever fails at the same moment as others does not come back at the same moment.
    const pauseMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#failures++, 16));
    this.#until = this.#now() + pauseMs * (0.5 + this.#random() / 2);
  }

  reset(): void {
    this.#failures = 0;
    this.#until = 0;
  }
}
