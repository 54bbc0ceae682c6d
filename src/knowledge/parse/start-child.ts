/** Starts the process of a parsing child, with no more rights than parsing takes. */
import { type ChildProcess, spawn } from "node:child_process";
import { realpathSync } from "node:fs";
import { setPriority } from "node:os";
import { join } from "node:path";

export interface ChildLimits {
  /** Of the JavaScript heap, in megabytes. */
  readonly heapMegabytes: number;
  /** Of the whole process, in bytes; looked at every 25 ms. */
  readonly residentBytes: number;
}

const ROOT = join(import.meta.dirname, "..", "..", "..");

/** All that a child may read: the program, with its packages where they really are. */
function readable(): string[] {
  const packages = realpathSync(join(ROOT, "node_modules"));
  return [join(ROOT, "src", "*"), join(packages, "*"), join(ROOT, "package.json")];
}

/**
 * The options of Node that hold a child to what it may do: read the program, and start the thread that watches it. It
 * gets files through a pipe, writes nothing, starts nothing, and runs no code that it finds in a file.
 */
export function childFlags({ heapMegabytes }: ChildLimits): string[] {
  return [
    `--max-old-space-size=${heapMegabytes}`,
    "--permission",
    "--allow-worker",
    ...readable().map((path) => `--allow-fs-read=${path}`),
    "--disallow-code-generation-from-strings",
    "--no-addons",
    "--no-warnings",
  ];
}

/** A third of the weight of the server, where both want a processor. */
const PRIORITY = 5;

/** Answering comes before parsing. Where priorities are not to be had, they are equal. */
function lowerPriority(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, PRIORITY);
  } catch {
    // It has ended already, or the system does not allow it.
  }
}

/** Starts a child; what it may read is the program, and its pipes are all that it has. */
export function startChild(limits: ChildLimits): ChildProcess {
  const program = join(import.meta.dirname, "child.ts");
  const child = spawn(
    process.execPath,
    [...childFlags(limits), program, `${process.pid}`, `${limits.residentBytes}`],
    {
      env: {},
      cwd: ROOT,
      stdio: ["pipe", "ignore", "pipe", "pipe"],
      windowsHide: true,
    },
  );
  lowerPriority(child.pid);
  return child;
}
