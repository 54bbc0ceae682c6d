/** A child process that parses: started, given one file at a time, killed from here. */
import { once } from "node:events";
import { linesOf } from "../../processes/lines.ts";
import { PipedChild } from "../../processes/piped-child.ts";
import { DocumentError } from "./errors.ts";
import { exactly } from "./exactly.ts";
import { MAX_LINE, type ParseRequest, REPLY_DESCRIPTOR, type ReplyPart } from "./protocol.ts";
import { type ChildLimits, startChild } from "./start-child.ts";

/** The child ended, or was ended, while it had a file. */
export class ChildEndedError extends DocumentError {}

export class ParserChild {
  readonly #child: PipedChild;
  readonly #replies: AsyncGenerator<string>;
  /** How many files it was given. */
  files = 0;

  constructor(limits: ChildLimits) {
    this.#child = new PipedChild(startChild(limits), REPLY_DESCRIPTOR);
    this.#replies = linesOf(this.#child.output, MAX_LINE);
  }

  get isAlive(): boolean {
    return this.#child.isAlive;
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
    const either = AbortSignal.any([signal, this.#child.ended]);
    const onAbort = (): void => void this.kill();
    signal.addEventListener("abort", onAbort, { once: true });
    let isDone = false;
    try {
      signal.throwIfAborted();
      this.#child.input.write(`${JSON.stringify(request)}\n`);
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
  kill(): Promise<void> {
    return this.#child.kill();
  }

  async #send(source: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    for await (const piece of source) {
      if (!this.#child.input.write(piece)) await once(this.#child.input, "drain", { signal });
    }
  }

  async #next(): Promise<string | null> {
    const { value, done } = await this.#replies.next();
    return done ? null : value;
  }

  async #whyItEnded(): Promise<ChildEndedError> {
    const { outOfMemory, what } = await this.#child.end();
    const cause = new Error(what);
    return outOfMemory
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
