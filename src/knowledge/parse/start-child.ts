/** Starts the process of a parsing child, with no more rights than parsing takes. */
import { type ChildProcess, spawn } from "node:child_process";
import { extname, join } from "node:path";
import { permissionFlags, placesOf } from "../../processes/permissions.ts";

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

/**
 * The options of Node that hold a child to what it may do: read the program and its packages, and start the thread that
 * watches it. It gets files through a pipe.
 */
export function childFlags({ heapMegabytes }: ChildLimits): string[] {
  const { packages, about } = placesOf(PROGRAM);
  const readable = [...[PROGRAM, ...packages].map((folder) => join(folder, "*")), ...about];
  return permissionFlags(heapMegabytes, readable);
}

/** Starts a child; what it may read is the program, and its pipes are all that it has. */
export function startChild(limits: ChildLimits): ChildProcess {
  return spawn(
    process.execPath,
    [...childFlags(limits), ENTRY, `${process.pid}`, `${limits.residentBytes}`],
    {
      env: {},
      cwd: PROGRAM,
      stdio: ["pipe", "ignore", "pipe", "pipe"],
      windowsHide: true,
    },
  );
}
