/** Lets only so many work at a time; the others wait in order. */
import { UnavailableError } from "../../workflow/errors.ts";

export class Turns {
  readonly #atOnce: number;
  readonly #mayWait: number;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor(atOnce: number, mayWait: number) {
    this.#atOnce = atOnce;
    this.#mayWait = mayWait;
  }

  /**
   * Waits for a turn; disposing of it gives it to the next. Throws an UnavailableError when too many wait, and the
   * reason of `signal` when that is aborted before the turn has come.
   */
  async take(signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#taken < this.#atOnce) this.#taken++;
    else await this.#wait(signal);
    return { [Symbol.dispose]: () => this.#give() };
  }

  async #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.#mayWait) {
      throw new UnavailableError(
        "OVERLOADED",
        "Too many files wait to be read. Try again later.",
        10_000,
      );
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
