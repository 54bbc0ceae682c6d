/** A child process that is spoken with through pipes, as its owner sees it: its streams, its end, and how to end it. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setPriority } from "node:os";
import { Socket } from "node:net";
import { Readable, Writable } from "node:stream";
import { UnavailableError } from "../workflow/errors.ts";

/** How much of what a child complains about is kept, in UTF-16 units. */
const MAX_COMPLAINT = 2000;

/** How V8 ends a process that is out of memory, and how a watchdog and the kernel do. */
const MEMORY_SIGNALS: readonly (NodeJS.Signals | null)[] = [
  "SIGABRT",
  "SIGTRAP",
  "SIGILL",
  "SIGKILL",
];

/** A third of the weight of the server, where both want a processor. */
const PRIORITY = 5;

/** The system gave no process: it has too many, or this one has too many files open. Nobody's input is to blame. */
export class NotStartedError extends UnavailableError {
  constructor(cause?: unknown) {
    super(
      "UNAVAILABLE",
      "No process could be started for this. Try again later; if it persists, raise the server's limits of open files and processes.",
      10_000,
    );
    if (cause !== undefined) this.cause = cause;
  }
}

/** Answering comes before what children do. Where priorities are not to be had, they are equal. */
function lowerPriority(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, PRIORITY);
  } catch {
    // It has ended already, or the system does not allow it.
  }
}

export class PipedChild {
  /** A write to a child that is gone fails in silence: that it is gone is told by its end. */
  readonly input: Writable;
  readonly output: Readable;
  readonly #process: ChildProcess;
  /** What the event loop waits for. */
  readonly #handles: readonly { ref(): unknown; unref(): unknown }[];
  /** Aborted when the process has ended; with a NotStartedError if it never began. */
  readonly #ended = new AbortController();
  #complaint = "";
  #killed = false;

  /**
   * Takes a process that was spawned just now, with pipes for its standard input, its standard error and `replies`, the
   * file descriptor that it answers through. Throws a NotStartedError where the system gave none of them.
   */
  constructor(child: ChildProcess, replies: number) {
    this.#process = child;
    // Before anything else: an error that nobody listens for would end the server.
    child.once("error", (error) => this.#ended.abort(new NotStartedError(error)));
    child.once("close", () => this.#ended.abort());
    lowerPriority(child.pid);
    // Without a file descriptor to spare a process has no pipes at all, whatever the types say.
    const pipes: readonly unknown[] = Array.from(child.stdio ?? []);
    const [input, , errors] = pipes;
    const output = pipes[replies];
    if (!(input instanceof Writable && errors instanceof Readable && output instanceof Readable))
      throw new NotStartedError();
    this.input = input;
    this.output = output;
    input.on("error", () => {});
    errors.setEncoding("utf8").on("data", (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-MAX_COMPLAINT);
    });
    // An idle child keeps no program from ending, and ends with it.
    this.#handles = [child, ...[input, errors, output].filter((each) => each instanceof Socket)];
    for (const each of this.#handles) each.unref();
  }

  get isAlive(): boolean {
    return !this.#ended.signal.aborted && !this.#killed;
  }

  /** Aborted when the process has ended. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Kills it, unless it has ended; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#killed = true;
    if (this.#ended.signal.aborted) return;
    // Otherwise a program that has nothing else to do would end here, in the middle of its own end.
    for (const each of this.#handles) each.ref();
    this.#process.kill("SIGKILL");
    await once(this.#ended.signal, "abort");
  }

  /**
   * Waits for its end, and says whether it was for lack of memory, and in words what it ended with. Throws the
   * NotStartedError of a process that never began.
   */
  async end(): Promise<{ readonly outOfMemory: boolean; readonly what: string }> {
    if (!this.#ended.signal.aborted) await once(this.#ended.signal, "abort");
    const reason: unknown = this.#ended.signal.reason;
    if (reason instanceof NotStartedError) throw reason;
    const { signalCode, exitCode } = this.#process;
    return {
      outOfMemory: MEMORY_SIGNALS.includes(signalCode),
      what: `The child ended with ${signalCode ?? exitCode}: ${this.#complaint}`,
    };
  }
}
