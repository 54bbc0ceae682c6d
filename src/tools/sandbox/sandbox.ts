/**
 * Runs programs that nobody has read: each in a machine of its own, in a process of its own, which is used for that one
 * program. Processes are started before they are needed, from the first program on.
 */
import { NotStartedError } from "../../processes/piped-child.ts";
import { Turns } from "../../processes/turns.ts";
import { UnavailableError } from "../../workflow/errors.ts";
import { findBubblewrap } from "./bubblewrap.ts";
import { type Command, commandOf } from "./command.ts";
import { SANDBOX_LIMITS, type SandboxLimits } from "./limits.ts";
import type { CodeOutcome, CodeProgram, CodeRunner } from "./runner.ts";
import { SandboxChild } from "./sandbox-child.ts";

export interface SandboxOptions {
  /** How many programs run at a time; the others wait in order. */
  readonly programs: number;
  /** How many programs may wait. */
  readonly waiting: number;
  /** How many processes wait for a program. */
  readonly warm: number;
  /** After how long without a program these end, in milliseconds. */
  readonly idleMs: number;
  readonly limits: SandboxLimits;
  /** Where bubblewrap is; null for none. */
  readonly bubblewrap: string | null;
  /** Told once, with the first program, whether bubblewrap is around all of them. */
  readonly onStart: (inBubblewrap: boolean) => void;
}

const DEFAULTS: Omit<SandboxOptions, "bubblewrap"> = {
  programs: 4,
  waiting: 100,
  warm: 1,
  idleMs: 60_000,
  limits: SANDBOX_LIMITS,
  onStart: () => {},
};

export class Sandbox implements CodeRunner {
  readonly #options: SandboxOptions;
  readonly #turns: Turns;
  readonly #closed = new AbortController();
  /** All processes that there are. */
  readonly #children = new Set<SandboxChild>();
  /** Those that wait for a program. */
  readonly #warm: SandboxChild[] = [];
  #command: Promise<Command> | null = null;
  #idle: NodeJS.Timeout | undefined;

  constructor(options: Partial<SandboxOptions> = {}) {
    const bubblewrap = findBubblewrap(process.env["PATH"] ?? "");
    this.#options = { ...DEFAULTS, bubblewrap, ...options };
    const { programs: atOnce, waiting } = this.#options;
    const overloaded = "Too many programs wait to be run. Try again later.";
    this.#turns = new Turns({ atOnce, waiting, overloaded });
  }

  async run(program: CodeProgram, signal: AbortSignal): Promise<CodeOutcome> {
    const open = AbortSignal.any([signal, this.#closed.signal]);
    using _turn = await this.#turns.take(open);
    clearTimeout(this.#idle);
    this.#command ??= this.#findCommand();
    const command = await this.#command;
    open.throwIfAborted();
    try {
      return await this.#runIn(command, program, open);
    } finally {
      this.#endIdleLater();
    }
  }

  /** Kills all processes; programs that run or wait fail. Resolves when no process is left. */
  async close(): Promise<void> {
    this.#closed.abort(new UnavailableError("UNAVAILABLE", "The server is stopping.", 1000));
    clearTimeout(this.#idle);
    await Promise.all([...this.#children].map((child) => child.kill()));
  }

  /** Has it run by a process that waits, or by a new one where that has died since. */
  async #runIn(command: Command, program: CodeProgram, signal: AbortSignal): Promise<CodeOutcome> {
    const warm = this.#warm.shift();
    const child = warm ?? this.#start(command);
    this.#refill(command);
    try {
      return await child.run(program, signal);
    } catch (error) {
      if (!warm || !(error instanceof NotStartedError)) throw error;
    } finally {
      this.#children.delete(child);
    }
    return this.#runIn(command, program, signal);
  }

  /** Finds out, with the first process, whether bubblewrap works here: not every system allows what it does. */
  async #findCommand(): Promise<Command> {
    const { bubblewrap, limits, onStart } = this.#options;
    if (bubblewrap !== null) {
      const command = commandOf(bubblewrap, limits);
      const child = this.#start(command);
      const works = await child.ready.then(
        () => true,
        () => false,
      );
      onStart(works);
      if (works) {
        this.#warm.push(child);
        return command;
      }
      this.#children.delete(child);
      return commandOf(null, limits);
    }
    onStart(false);
    return commandOf(null, limits);
  }

  #start(command: Command): SandboxChild {
    const child = new SandboxChild(command);
    this.#children.add(child);
    return child;
  }

  /** Who comes next shall not wait for a process to start. */
  #refill(command: Command): void {
    while (this.#warm.length < this.#options.warm) this.#warm.push(this.#start(command));
  }

  #endIdleLater(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      for (const child of this.#warm.splice(0)) {
        void child.kill().finally(() => this.#children.delete(child));
      }
    }, this.#options.idleMs);
    this.#idle.unref();
  }
}
