/** A process for one program: started, given that program, and killed. It is never used again. */
import { spawn } from "node:child_process";
import { linesOf } from "../../processes/lines.ts";
import { NotStartedError, PipedChild } from "../../processes/piped-child.ts";
import type { Command } from "./command.ts";
import { MAX_LINE, outcomeOfDeath, toOutcome } from "./reply.ts";
import type { CodeOutcome, CodeProgram } from "./runner.ts";

/** How long a process may take to be ready, in milliseconds. */
const START_MS = 15_000;

/** How long after its time a program is killed whose process has not ended it itself, in milliseconds. */
const GRACE_MS = 250;

/** The child's standard output: the program has none. */
const REPLIES = 1;

export class SandboxChild {
  readonly #child: PipedChild;
  readonly #lines: AsyncGenerator<string>;
  readonly #ready: Promise<void>;

  constructor({ file, args }: Command) {
    const options = { env: {}, cwd: import.meta.dirname, windowsHide: true } as const;
    const child = spawn(file, args, { ...options, stdio: ["pipe", "pipe", "pipe"] });
    this.#child = new PipedChild(child, REPLIES);
    this.#lines = linesOf(this.#child.output, MAX_LINE);
    this.#ready = this.#start();
    // Who waits for it hears of it; nobody may.
    this.#ready.catch(() => {});
  }

  get isAlive(): boolean {
    return this.#child.isAlive;
  }

  /** Resolves when it can take a program; rejects with a NotStartedError if it cannot within 15 s. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  /**
   * Runs a program; the process has ended then. It has its time from when the process is ready. Throws a NotStartedError
   * if the process could not begin with it, and the signal's reason if that is aborted: the process is killed at once.
   */
  async run({ sources, timeoutMs }: CodeProgram, signal: AbortSignal): Promise<CodeOutcome> {
    const onAbort = (): void => void this.kill();
    signal.addEventListener("abort", onAbort, { once: true });
    let late: NodeJS.Timeout | undefined;
    let isLate = false;
    try {
      signal.throwIfAborted();
      await this.#ready;
      signal.throwIfAborted();
      const since = performance.now();
      late = setTimeout(() => {
        isLate = true;
        void this.kill();
      }, timeoutMs + GRACE_MS);
      this.#child.input.write(`${JSON.stringify({ sources, timeoutMs })}\n`);
      await this.#said();
      const outcome = await this.#outcome();
      signal.throwIfAborted();
      if (outcome) return outcome;
      const [name, message] = isLate
        ? ["Timeout", `The program did not end within ${timeoutMs / 1000} s.`]
        : ["Error", "The program made the process that ran it fail: it took too much memory."];
      return outcomeOfDeath(name, message, performance.now() - since, isLate);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      clearTimeout(late);
      signal.removeEventListener("abort", onAbort);
      await this.kill();
    }
  }

  /** Kills it, unless it has ended; resolves when it is gone. */
  kill(): Promise<void> {
    return this.#child.kill();
  }

  /** What it replies; null if it ends without, or says what is no reply. */
  async #outcome(): Promise<CodeOutcome | null> {
    try {
      const { value, done } = await this.#lines.next();
      return done ? null : toOutcome(value);
    } catch {
      return null;
    }
  }

  async #start(): Promise<void> {
    const timer = setTimeout(() => void this.kill(), START_MS);
    try {
      await this.#said();
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits until it says that it is where it should be; throws a NotStartedError if it ends before. */
  async #said(): Promise<void> {
    const { done } = await this.#lines.next();
    if (!done) return;
    const { what } = await this.#child.end();
    throw new NotStartedError(new Error(what));
  }
}
