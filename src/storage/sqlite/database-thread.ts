/** A thread with a connection of its own to the database, for work that would hold up the event loop. */
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { UnavailableError } from "../../workflow/errors.ts";
import type { Answer, Call, Operations, ThreadData } from "./threads/serve.ts";

const RETRY_MS = 1000;

/** The file of a thread's program: TypeScript in a checkout, JavaScript in a package. */
export function entryOf(name: string): URL {
  return new URL(`./threads/${name}${extname(import.meta.filename)}`, import.meta.url);
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Calls operations of a thread. It starts with the first call, ends with `close`, and keeps no process alive by
 * itself. Calls are done in their order. When the thread dies, its calls fail and the next one starts another.
 */
export class DatabaseThread<Ops extends Operations> {
  readonly #entry: URL;
  readonly #file: string;
  readonly #onStart: () => void;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #lastId = 0;
  #closed = false;

  /** `entry` is the file that the thread runs; `onStart` is called each time before it starts. */
  constructor(entry: URL, file: string, onStart: () => void = () => {}) {
    this.#entry = entry;
    this.#file = file;
    this.#onStart = onStart;
  }

  get running(): boolean {
    return this.#worker !== null;
  }

  /**
   * Calls an operation. Throws what it throws, the signal's reason as soon as it aborts (the thread finishes
   * what it does, and nobody hears of it), and an `UnavailableError` when the thread dies.
   */
  call<Name extends keyof Ops & string>(
    operation: Name,
    input: Parameters<Ops[Name]>[0],
    options: { signal?: AbortSignal; transfer?: ArrayBuffer[] } = {},
  ): Promise<ReturnType<Ops[Name]>> {
    const { signal, transfer = [] } = options;
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (this.#closed) throw new Error("The store is closed.");
      const id = ++this.#lastId;
      const onAbort = (): void => this.#take(id)?.reject(signal?.reason);
      signal?.addEventListener("abort", onAbort, { once: true });
      const done = (): void => signal?.removeEventListener("abort", onAbort);
      const worker = this.#running();
      this.#waiting.set(id, {
        resolve: (result) => {
          done();
          resolve(result as ReturnType<Ops[Name]>);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      });
      worker.ref();
      worker.postMessage({ id, operation, input } satisfies Call, transfer);
    });
  }

  /** Ends the thread when it has done what it was called for. */
  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    if (!worker) return;
    const ended = new Promise((resolve) => worker.once("exit", resolve));
    worker.ref();
    worker.postMessage({ id: 0, operation: null, input: null } satisfies Call, []);
    await ended;
  }

  #running(): Worker {
    if (this.#worker) return this.#worker;
    this.#onStart();
    const workerData: ThreadData = { file: this.#file };
    const worker = new Worker(this.#entry, { workerData });
    worker.on("message", (answer: Answer) => this.#onAnswer(answer));
    worker.on("error", (error) => this.#onEnd(worker, error));
    worker.on("exit", () => this.#onEnd(worker, null));
    this.#worker = worker;
    return worker;
  }

  #onAnswer(answer: Answer): void {
    const waiting = this.#take(answer.id);
    if ("error" in answer) waiting?.reject(answer.error);
    else waiting?.resolve(answer.result);
    if (this.#waiting.size === 0) this.#worker?.unref();
  }

  #onEnd(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    for (const id of this.#waiting.keys()) {
      const error = new UnavailableError(
        "UNAVAILABLE",
        "A thread of the database ended in the middle of its work.",
        RETRY_MS,
      );
      error.cause = cause;
      this.#take(id)?.reject(error);
    }
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}
