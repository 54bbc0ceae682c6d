/** One HTTP exchange with a model server: bytes in, deltas out. */
import type { IncomingHttpHeaders } from "node:http";
import { StringDecoder } from "node:string_decoder";
import type { Dispatcher } from "undici";
import type { ModelDelta } from "../../workflow/ports/model.ts";
import {
  type AnswerAssembler,
  BrokenOff,
  BrokenToolCall,
  ReportedError,
} from "../answer/assembler.ts";
import { type LimitName, Stopwatch, type TimeLimits } from "../limits.ts";
import * as failures from "./errors.ts";
import { retryAfter } from "../../outbound/retry-after.ts";
import { SseParser } from "./sse.ts";

/** Above this many waiting deltas the socket is held back until the reader has caught up. */
const HIGH_WATER = 1_000;
/** What is read of an error's body, and of an answer that is not streamed, in characters. */
const MAX_ERROR_BODY = 64 * 1024;
const MAX_JSON_BODY = 16 * 1024 * 1024;
/** After the end marker, how long the body may take to end so that its connection can be used again. */
const DRAIN_MS = 1_000;

/** How the body is read; `unknown` until its first character that is not white space. */
type Mode = "unknown" | "stream" | "json" | "error";

/**
 * A handler for `dispatch`, which is the cheapest way undici has: chunks are parsed where they arrive, without a
 * stream object between. The reader takes what is there with `take` and waits for more with `arrival`; deltas that
 * arrived together are read together. `close` must be called in the end, whatever happened.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  /** True when the whole answer has been read from the server; `take` may still have some of it. */
  done = false;

  readonly #context: failures.FailureContext;
  readonly #answer: AnswerAssembler;
  readonly #limits: TimeLimits;
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => this.#fail(this.#signal.reason);
  readonly #stopwatch: Stopwatch;
  readonly #parser = new SseParser((data, event) => this.#onFrame(data, event));
  readonly #decoder = new StringDecoder("utf8");

  #controller: Dispatcher.DispatchController | null = null;
  #deltas: ModelDelta[] = [];
  #waiter: { resolve: () => void; reject: (error: unknown) => void } | null = null;
  #failure: { error: unknown } | null = null;
  #closed = false;
  #responseEnded = false;
  #held = false;
  #mode: Mode = "unknown";
  #status = 0;
  #retryAfterMs: number | undefined;
  #body = "";
  #drain: NodeJS.Timeout | undefined;

  /** `answer` knows the server's protocol; `totalDeadline` is in the time of `performance.now()`. */
  constructor(
    context: failures.FailureContext,
    answer: AnswerAssembler,
    limits: TimeLimits,
    totalDeadline: number,
    signal: AbortSignal,
  ) {
    this.#context = context;
    this.#answer = answer;
    this.#limits = limits;
    this.#signal = signal;
    this.#stopwatch = new Stopwatch(limits, totalDeadline, (limit) => this.#onLimit(limit));
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Whether there is something to take. */
  get waiting(): boolean {
    return this.#deltas.length > 0;
  }

  /** What has arrived since the last call, in order; possibly nothing. */
  take(): readonly ModelDelta[] {
    if (this.#deltas.length === 0) return this.#deltas;
    const taken = this.#deltas;
    this.#deltas = [];
    if (this.#held) {
      this.#held = false;
      this.#stopwatch.hold(false);
      this.#controller?.resume();
    }
    return taken;
  }

  /** Resolves when there is something to take or the answer is done; throws what the exchange failed with. */
  arrival(): Promise<void> {
    if (this.#deltas.length > 0 || this.done) return Promise.resolve();
    if (this.#failure) return Promise.reject(this.#failure.error);
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  /** Gives everything back. An exchange that is not over is broken off, and its socket closed. */
  close(): void {
    this.#closed = true;
    this.#stopwatch.stop();
    this.#signal.removeEventListener("abort", this.#onAbort);
    if (this.#responseEnded) return;
    if (!this.done) this.#abort();
    else this.#drain = setTimeout(() => this.#abort(), DRAIN_MS).unref();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Between the dispatch and this moment the caller may have left.
    if (this.#failure || (this.#closed && !this.done)) this.#abort();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < 200) return;
    this.#status = status;
    if (status >= 300) {
      this.#mode = "error";
      this.#retryAfterMs = retryAfter(headers, Date.now());
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.done || this.#failure || this.#closed) return;
    this.#stopwatch.bytes();
    if (this.#mode === "unknown") this.#mode = modeOf(chunk);
    if (this.#mode === "json" || this.#mode === "error") {
      this.#collect(chunk);
    } else {
      this.#guard(() => this.#parser.push(chunk));
    }
    if (this.#deltas.length > 0) this.#wake();
    if (this.#deltas.length > HIGH_WATER && !this.#held && !this.done) {
      this.#held = true;
      this.#stopwatch.hold(true);
      controller.pause();
    }
  }

  onResponseEnd(): void {
    this.#responseEnded = true;
    clearTimeout(this.#drain);
    if (this.done || this.#failure || this.#closed) return;
    if (this.#mode === "error") this.#failWithStatus();
    else if (this.#mode === "json") this.#guard(() => this.#readWhole());
    else this.#guard(() => this.#parser.end());
    if (!this.done && !this.#failure) this.#endOrFail(failures.cutOff(this.#context));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#responseEnded = true;
    clearTimeout(this.#drain);
    if (this.done || this.#failure || this.#closed) return;
    if (this.#mode === "error") this.#failWithStatus();
    else if (this.#status > 0) this.#endOrFail(failures.cutOff(this.#context, error));
    else this.#fail(failures.transportError(this.#context, error));
  }

  #onFrame(data: string, event: string): void {
    if (this.done || this.#failure) return;
    if (data === this.#answer.endMarker) {
      this.#endOrFail(null);
      return;
    }
    let frame: unknown;
    try {
      frame = JSON.parse(data);
    } catch (cause) {
      // The last frame of a stream that was cut is half a frame: that is reported as the cut it is.
      if (this.#responseEnded) return;
      throw failures.malformed(this.#context, "sent a frame that is not valid JSON.", cause);
    }
    if (this.#answer.accept(frame, event, this.#deltas)) this.#stopwatch.begin();
    if (this.#answer.ended) this.#endOrFail(null);
  }

  /** A body that is one JSON text: an answer of a server that does not stream. */
  #readWhole(): void {
    let parsed: unknown;
    try {
      parsed = JSON.parse(this.#body);
    } catch {
      throw failures.notAnAnswer(this.#context, this.#body);
    }
    if (!this.#answer.acceptWhole(parsed, this.#deltas)) {
      throw failures.notAnAnswer(this.#context, this.#body);
    }
    this.#endOrFail(null);
  }

  #collect(chunk: Buffer): void {
    this.#body += this.#decoder.write(chunk);
    if (this.#mode === "error" && this.#body.length > MAX_ERROR_BODY) this.#failWithStatus();
    else if (this.#body.length > MAX_JSON_BODY) {
      this.#fail(failures.notAnAnswer(this.#context, this.#body));
    }
  }

  #failWithStatus(): void {
    this.#fail(failures.statusError(this.#context, this.#status, this.#body, this.#retryAfterMs));
  }

  #onLimit(limit: LimitName): void {
    // The status of an error says more than the slowness of its text.
    if (this.#mode === "error") {
      this.#failWithStatus();
      return;
    }
    this.#endOrFail(failures.timeLimitError(this.#context.name, limit, this.#limits));
  }

  /**
   * The answer is over. Where its protocol says that it is complete, it is, whatever became of the connection
   * afterwards; otherwise only if nothing is wrong (`wrong` is null: the end marker came).
   */
  #endOrFail(wrong: Error | null): void {
    if (wrong && !this.#answer.finished) {
      this.#fail(wrong);
      return;
    }
    this.#guard(() => {
      this.#answer.finish(this.#deltas);
      this.done = true;
      this.#stopwatch.stop();
      this.#wake();
    });
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(this.#explain(error));
    }
  }

  #explain(error: unknown): unknown {
    if (error instanceof ReportedError) {
      return failures.reportedError(this.#context, error.reported);
    }
    if (error instanceof BrokenOff) return failures.cutOff(this.#context);
    if (error instanceof RangeError) {
      return failures.malformed(this.#context, "sent a frame without end.", error);
    }
    if (!(error instanceof BrokenToolCall)) return error;
    return failures.malformed(this.#context, error.message, error);
  }

  #fail(error: unknown): void {
    if (this.#failure || this.done) {
      // An abort after the last delta was read here but not by the caller still closes the connection.
      if (this.#signal.aborted) this.#abort();
      return;
    }
    this.#failure = { error };
    this.#stopwatch.stop();
    this.#abort();
    // What came before the failure is read first, unless the caller has left.
    if (this.#deltas.length > 0 && !this.#signal.aborted) {
      this.#wake();
      return;
    }
    const waiter = this.#waiter;
    this.#waiter = null;
    waiter?.reject(error);
  }

  #wake(): void {
    const waiter = this.#waiter;
    this.#waiter = null;
    waiter?.resolve();
  }

  #abort(): void {
    if (this.#responseEnded) return;
    this.#controller?.abort(new Error("The exchange was broken off."));
  }
}

/** A JSON body or a page begins with a bracket, an event stream never does; content types are often wrong. */
function modeOf(chunk: Buffer): Mode {
  for (const byte of chunk) {
    if (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) continue;
    return byte === 0x7b || byte === 0x5b || byte === 0x3c ? "json" : "stream";
  }
  return "unknown";
}
