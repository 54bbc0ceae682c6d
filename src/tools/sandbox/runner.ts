/** Programs and what becomes of them. */

interface CodeSource {
  /** Errors tell of lines in a `program.js` or `program.ts` only. */
  readonly name: string;
  readonly language: "javascript" | "typescript";
  readonly text: string;
}

export interface CodeProgram {
  /** Run one after the other in the same machine, to the first that fails; the last one's value is the program's. */
  readonly sources: readonly CodeSource[];
  /** How long it may take, in milliseconds, from when it begins. */
  readonly timeoutMs: number;
}

/** What a program threw, or why it was ended. */
export interface CodeError {
  readonly name: string;
  readonly message: string;
  /** Where in the program it was thrown, from 1; null where that is not known. */
  readonly line: number | null;
}

export interface CodeOutcome {
  /** What it wrote to the console, line by line. */
  readonly output: string;
  /** Whether it wrote more than that. */
  readonly outputCut: boolean;
  /** The value of its last expression, as data; as text where it is no plain data, and null where there is none. */
  readonly result: unknown;
  /** The same as people read it. */
  readonly resultText: string;
  /** Null if it came to its end. */
  readonly error: CodeError | null;
  readonly durationMs: number;
  /** How much more memory its process took at most than before it began, in bytes. */
  readonly memoryBytes: number;
  readonly timedOut: boolean;
}

export interface CodeRunner {
  /**
   * Runs a program where it reaches nothing. What the program does is an outcome, whatever it is. Throws
   * - an UnavailableError when too many programs wait (`OVERLOADED`), when the sandbox is closed or the system gives no
   *   process (`UNAVAILABLE`);
   * - the reason of `signal` when that is aborted: the program is ended at once.
   */
  run(program: CodeProgram, signal: AbortSignal): Promise<CodeOutcome>;
}
