/** What a child process may read, in the terms of Node's permission model. */
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

/** The folder of a path, the one that it is in, and so on. */
function* upwards(path: string): Generator<string> {
  yield path;
  if (dirname(path) !== path) yield* upwards(dirname(path));
}

/** Where Node looks for what a program imports. */
export interface ProgramPlaces {
  /**
   * The folders of packages. They may be beside the program or above it, where it is a package itself; and in another
   * place than they seem, where they are linked.
   */
  readonly packages: readonly string[];
  /** The files that say what kind of program it is. */
  readonly about: readonly string[];
}

/** The places of the program that is in a folder, as far as they are there. */
export function placesOf(program: string): ProgramPlaces {
  const folders = [...upwards(realpathSync(program))];
  const packages = folders.map((folder) => join(folder, "node_modules")).filter(existsSync);
  return {
    packages: [...new Set(packages.flatMap((folder) => [folder, realpathSync(folder)]))],
    about: folders.map((folder) => join(folder, "package.json")).filter(existsSync),
  };
}

/**
 * The options of Node that hold a child to what it may do: read these files and what is in folders that end with `*`,
 * and start threads. It writes nothing, starts no process, and runs no code that it makes of text.
 */
export function permissionFlags(heapMegabytes: number, readable: readonly string[]): string[] {
  return [
    `--max-old-space-size=${heapMegabytes}`,
    "--permission",
    "--allow-worker",
    ...readable.map((path) => `--allow-fs-read=${path}`),
    "--disallow-code-generation-from-strings",
    "--no-addons",
    "--no-warnings",
  ];
}
