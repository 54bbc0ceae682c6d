/** Lets only so many work at a time; the others wait in order. */
import { UnavailableError } from "../workflow/errors.ts";

export interface TurnLimits {
  /** How many have a turn at a time. */
  readonly atOnce: number;
  /** How many may wait for one. */
  readonly waiting: number;
  /** What is said to those who come when too many wait. */
  readonly overloaded: string;
}

export class Turns {
  readonly #limits: TurnLimits;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor(limits: TurnLimits) {
    this.#limits = limits;
  }

  /**
   * Waits for a turn; disposing of it gives it to the next. Throws an UnavailableError when too many wait, and the
   * reason of `signal` when that is aborted before the turn has come.
   */
  async take(signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#taken < this.#limits.atOnce) this.#taken++;
    else await this.#wait(signal);
    return { [Symbol.dispose]: () => this.#give() };
  }

  async #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.#limits.waiting) {
      throw new UnavailableError("OVERLOADED", this.#limits.overloaded, 10_000);
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => {
      this.#waiting.delete(begin);
      reject(signal.reason);
    };
    const begin = (): void => {
      this.#waiting.delete(begin);
      signal.removeEventListener("abort", onAbort);
      resolve();
    };
    this.#waiting.add(begin);
    signal.addEventListener("abort", onAbort, { once: true });
    await promise;
  }

  /** A turn goes from hand to hand: nobody who comes now is before those who wait. */
  #give(): void {
    const [next] = this.#waiting;
    if (next) next();
    else this.#taken--;
  }
}
