/** bubblewrap: where the system has it, the process of a program sees no network, no other process and no other file. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The program in one of the folders of a `PATH`, or null. */
export function findBubblewrap(path: string): string | null {
  const candidates = path
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, "bwrap"));
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where the libraries are that Node is linked with. */
const LIBRARIES = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/nix/store"];

/**
 * The arguments that let it run a command. Of files there are those of `readable` and the system's libraries, and none may
 * be written; of processes only this one; of networks none. It ends with the server, even one that is killed.
 */
export function bubblewrapArguments(
  command: readonly string[],
  readable: readonly string[],
): string[] {
  return [
    "--unshare-all",
    "--die-with-parent",
    "--new-session",
    "--clearenv",
    "--cap-drop",
    "ALL",
    ...[...LIBRARIES, ...readable].flatMap((path) => ["--ro-bind-try", path, path]),
    "--proc",
    "/proc",
    "--dev",
    "/dev",
    "--chdir",
    "/",
    "--",
    ...command,
  ];
}
