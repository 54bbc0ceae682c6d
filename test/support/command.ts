/** Programs that tests run and wait for. */
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";

const CLI = join(import.meta.dirname, "..", "..", "dist", "server", "chatter.js");

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Where it runs; by default a place without anybody's configuration. */
  readonly cwd?: string;
  /** What it reads from its standard input. */
  readonly input?: string;
  /** Kills the program as soon as its standard output fits. */
  readonly until?: (stdout: string) => boolean;
}

/** Runs a program to its end. It inherits nothing from the environment but where programs are. */
export function run(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Finished> {
  const child = spawn(program, args, {
    cwd: options.cwd ?? tmpdir(),
    env: { PATH: process.env["PATH"], ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.end(options.input ?? "");
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    if (options.until?.(stdout)) child.kill();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Runs `chatter`. */
export function chatter(args: readonly string[], options: CommandOptions = {}): Promise<Finished> {
  return run(process.execPath, [CLI, ...args], options);
}
