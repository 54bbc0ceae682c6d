/** Starts the process of a parsing child, with no more rights than parsing takes. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { setPriority } from "node:os";
import { dirname, extname, join } from "node:path";

export interface ChildLimits {
  /** Of the JavaScript heap, in megabytes. */
  readonly heapMegabytes: number;
  /** Of the whole process, in bytes; looked at every 25 ms. */
  readonly residentBytes: number;
}

/** The program: `src` here, and whatever folder it is emitted to where the package was built. */
const PROGRAM = join(import.meta.dirname, "..", "..");

/** Written in TypeScript here, in JavaScript where the package was built. */
const ENTRY = join(import.meta.dirname, `child${extname(import.meta.filename)}`);

/** The folder of a path, the one that it is in, and so on. */
function* upwards(path: string): Generator<string> {
  yield path;
  if (dirname(path) !== path) yield* upwards(dirname(path));
}

/**
 * All that a child may read: the program, and the packages where Node looks for them. They may be beside the program or
 * above it, where it is a package itself; and in another place than they seem, where they are linked.
 */
function readable(): string[] {
  const folders = [...upwards(realpathSync(PROGRAM))];
  const packages = folders.map((folder) => join(folder, "node_modules")).filter(existsSync);
  const about = folders.map((folder) => join(folder, "package.json")).filter(existsSync);
  return [
    join(PROGRAM, "*"),
    ...packages.flatMap((folder) => [folder, realpathSync(folder)]).map((each) => join(each, "*")),
    ...about,
  ];
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
  const child = spawn(
    process.execPath,
    [...childFlags(limits), ENTRY, `${process.pid}`, `${limits.residentBytes}`],
    {
      env: {},
      cwd: PROGRAM,
      stdio: ["pipe", "ignore", "pipe", "pipe"],
      windowsHide: true,
    },
  );
  lowerPriority(child.pid);
  return child;
}
