/** A child process that parses: started, given one file at a time, killed from here. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import { Readable, Writable } from "node:stream";
import { UnavailableError, type WorkflowError } from "../../workflow/errors.ts";
import { DocumentError } from "./errors.ts";
import { exactly, linesOf } from "./pipes.ts";
import { type ParseRequest, REPLY_DESCRIPTOR, type ReplyPart } from "./protocol.ts";
import { type ChildLimits, startChild } from "./start-child.ts";

/** How much of what a child complains about is kept, in UTF-16 units. */
const MAX_COMPLAINT = 2000;

/** How V8 ends a process that is out of memory, and how the watchdog and the kernel do. */
const MEMORY_SIGNALS: readonly (NodeJS.Signals | null)[] = [
  "SIGABRT",
  "SIGTRAP",
  "SIGILL",
  "SIGKILL",
];

/** The child ended, or was ended, while it had a file. */
export class ChildEndedError extends DocumentError {}

/** The system gave no process: it has too many, or this one has too many files open. No file is to blame. */
class NotStartedError extends UnavailableError {
  constructor(cause?: unknown) {
    super(
      "UNAVAILABLE",
      "No process could be started to read the file. Try again later; if it persists, raise the server's limits of open files and processes.",
      10_000,
    );
    if (cause !== undefined) this.cause = cause;
  }
}

export class ParserChild {
  readonly #process: ChildProcess;
  readonly #input: Writable;
  readonly #replies: AsyncGenerator<string>;
  /** What the event loop waits for. */
  readonly #handles: readonly { ref(): unknown; unref(): unknown }[];
  /** Aborted when the process has ended; with a NotStartedError if it never began. */
  readonly #ended = new AbortController();
  #complaint = "";
  #killed = false;
  /** How many files it was given. */
  files = 0;

  constructor(limits: ChildLimits) {
    const child = startChild(limits);
    this.#process = child;
    // Before anything else: an error that nobody listens for would end the server.
    child.once("error", (error) => this.#ended.abort(new NotStartedError(error)));
    child.once("close", () => this.#ended.abort());
    // Without a file descriptor to spare a process has no pipes at all, whatever the types say.
    const pipes: readonly unknown[] = Array.from(child.stdio ?? []);
    const [input, , errors] = pipes;
    const output = pipes[REPLY_DESCRIPTOR];
    if (!(input instanceof Writable && errors instanceof Readable && output instanceof Readable))
      throw new NotStartedError();
    this.#input = input;
    this.#replies = linesOf(output);
    // A write to a child that is gone fails; that it is gone is told by its end.
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

  /**
   * Hands the child a file and yields its reply, part by part, to the last. Throws a ChildEndedError if the child ends
   * before that, a NotStartedError if it never began, and the signal's reason if that is aborted; the child is killed
   * then.
   */
  async *parse(
    request: ParseRequest,
    content: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): AsyncGenerator<ReplyPart> {
    this.files++;
    let broken: unknown = null;
    const either = AbortSignal.any([signal, this.#ended.signal]);
    const onAbort = (): void => void this.kill();
    signal.addEventListener("abort", onAbort, { once: true });
    let isDone = false;
    try {
      signal.throwIfAborted();
      this.#input.write(`${JSON.stringify(request)}\n`);
      const source = exactly(content, request.size, (error) => (broken = error));
      // Without the rest of its file the child waits for ever; if it is the child that is gone, its replies end.
      this.#send(source, either).catch(() => {
        if (broken !== null) void this.kill();
      });
      for (let line = await this.#next(); line !== null; line = await this.#next()) {
        const part = JSON.parse(line) as ReplyPart;
        isDone = "done" in part || "error" in part;
        yield part;
        if (isDone) return;
      }
      signal.throwIfAborted();
      throw broken ?? (await this.#whyItEnded());
    } finally {
      signal.removeEventListener("abort", onAbort);
      if (!isDone) await this.kill();
    }
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

  async #send(source: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    for await (const piece of source) {
      if (!this.#input.write(piece)) await once(this.#input, "drain", { signal });
    }
  }

  async #next(): Promise<string | null> {
    const { value, done } = await this.#replies.next();
    return done ? null : value;
  }

  async #whyItEnded(): Promise<WorkflowError> {
    if (!this.#ended.signal.aborted) await once(this.#ended.signal, "abort");
    const reason: unknown = this.#ended.signal.reason;
    if (reason instanceof NotStartedError) return reason;
    const { signalCode, exitCode } = this.#process;
    const cause = new Error(`The child ended with ${signalCode ?? exitCode}: ${this.#complaint}`);
    return MEMORY_SIGNALS.includes(signalCode)
      ? new ChildEndedError(
          "memory",
          "Reading the file took more memory than a document may take. Split it and upload the parts.",
          { cause },
        )
      : new ChildEndedError(
          "crash",
          "The file could not be read: the program that reads it failed. Save it in another format and upload that.",
          { cause },
        );
  }
}
