/** A child process that parses: started, given one file at a time, killed from here. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import { Readable, type Writable } from "node:stream";
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

export class ParserChild {
  readonly #process: ChildProcess;
  readonly #input: Writable;
  readonly #replies: AsyncGenerator<string>;
  readonly #ended = new AbortController();
  #complaint = "";
  #killed = false;
  /** How many files it was given. */
  files = 0;

  constructor(limits: ChildLimits) {
    const child = startChild(limits);
    const [input, , errors] = child.stdio;
    const output = child.stdio[REPLY_DESCRIPTOR];
    if (!input || !errors || !(output instanceof Readable))
      throw new Error("A child has no pipes.");
    this.#process = child;
    this.#input = input;
    this.#replies = linesOf(output);
    // A write to a child that is gone fails; that it is gone is told by its end.
    input.on("error", () => {});
    errors.setEncoding("utf8").on("data", (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-MAX_COMPLAINT);
    });
    child.once("error", (error) => this.#ended.abort(error));
    child.once("close", () => this.#ended.abort());
    // An idle child keeps no program from ending, and ends with it.
    child.unref();
    for (const each of [input, errors, output]) if (each instanceof Socket) each.unref();
  }

  get isAlive(): boolean {
    return !this.#ended.signal.aborted && !this.#killed;
  }

  /**
   * Hands the child a file and yields its reply, part by part, to the last. Throws a DocumentError of reason `memory` or
   * `crash` if the child ends before that, and the signal's reason if that is aborted; the child is killed then.
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

  async #whyItEnded(): Promise<DocumentError> {
    if (!this.#ended.signal.aborted) await once(this.#ended.signal, "abort");
    const { signalCode, exitCode } = this.#process;
    const cause = new Error(`The child ended with ${signalCode ?? exitCode}: ${this.#complaint}`);
    if (MEMORY_SIGNALS.includes(signalCode)) {
      return new DocumentError(
        "memory",
        "Reading the file took more memory than a document may take. Split it and upload the parts.",
        { cause },
      );
    }
    return new DocumentError(
      "crash",
      "The file could not be read: the program that reads it failed. Save it in another format and upload that.",
      { cause },
    );
  }
}
