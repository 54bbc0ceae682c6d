/** One call of an AI SDK model, under our own limits and signal. */
import { type LimitName, Stopwatch, type TimeLimits } from "../limits.ts";
import type { AiSdkModel, CallOptions, StreamPart } from "./model.ts";

/**
 * Begins a call and reads its parts. A limit that passes, or the caller's signal, ends the wait at once, whatever the
 * package makes of the signal it was given. `close` must be called in the end, whatever happened.
 */
export class ModelCall {
  readonly #controller = new AbortController();
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => this.#end(this.#signal.reason);
  readonly #stopwatch: Stopwatch;
  #reader: ReadableStreamDefaultReader<StreamPart> | null = null;

  /** `totalDeadline` is in the time of `performance.now()`; `onLimit` makes the error for a limit that has passed. */
  constructor(
    limits: TimeLimits,
    totalDeadline: number,
    signal: AbortSignal,
    onLimit: (limit: LimitName) => Error,
  ) {
    this.#signal = signal;
    this.#stopwatch = new Stopwatch(limits, totalDeadline, (limit) => this.#end(onLimit(limit)));
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Whether the server has begun to answer. */
  get streaming(): boolean {
    return this.#reader !== null;
  }

  /** Sends the request. Throws what the package throws, or why the call ended. */
  async open(model: AiSdkModel, options: CallOptions): Promise<void> {
    const { signal } = this.#controller;
    const opening = Promise.resolve(model.doStream({ ...options, abortSignal: signal }));
    const ended = new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
    try {
      const { stream } = await Promise.race([opening, ended]);
      this.#reader = (stream as ReadableStream<StreamPart>).getReader();
    } catch (error) {
      // A package that does not heed the signal may still open its stream: nobody is there to read it.
      opening.then(({ stream }) => stream.cancel()).catch(() => undefined);
      throw error;
    }
  }

  /** The next part, or null after the last. Throws what the stream failed with, or why the call ended. */
  async next(): Promise<StreamPart | null> {
    const { signal } = this.#controller;
    this.#stopwatch.hold(false);
    try {
      const step = await this.#reader?.read();
      signal.throwIfAborted();
      return step && !step.done ? step.value : null;
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      // Until the next part is asked for, silence is not the server's fault.
      this.#stopwatch.hold(true);
    }
  }

  /** The answer has begun: from now on the idle limit counts instead of the one for the first token. */
  begin(): void {
    this.#stopwatch.begin();
  }

  /** Gives everything back; a call that is not over is broken off. */
  close(): void {
    this.#stopwatch.stop();
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#end(new Error("The call is over."));
  }

  #end(reason: unknown): void {
    this.#controller.abort(reason);
    // Ends a read under way as well.
    this.#reader?.cancel(reason).catch(() => undefined);
  }
}
