/** The command that starts a process for a program, with no more rights than running it takes. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { permissionFlags, placesOf } from "../../processes/permissions.ts";
import { bubblewrapArguments } from "./bubblewrap.ts";
import type { SandboxLimits } from "./limits.ts";

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

/** All that such a process reads is here, and in these packages. */
const HERE = import.meta.dirname;
const PACKAGES = ["@jitl", "quickjs-emscripten-core"];

/** Of each of the two JavaScript heaps in the process: they hold texts only, the program has a memory of its own. */
const HEAP_MEGABYTES = 32;

/**
 * Without a bubblewrap Node's own permissions are what is around the machine: read these files, start a thread. WebAssembly
 * is compiled once and quickly: to compile it anew for more speed takes 15 MB more. (`--jitless` would be without it.)
 */
export function commandOf(bubblewrap: string | null, limits: SandboxLimits): Command {
  const { packages, about } = placesOf(HERE);
  const folders = [
    HERE,
    ...packages.flatMap((folder) => PACKAGES.map((name) => join(folder, name))).filter(existsSync),
  ];
  const flags = permissionFlags(HEAP_MEGABYTES, [
    ...folders.map((folder) => join(folder, "*")),
    ...about,
  ]);
  const entry = [join(HERE, "child.js"), JSON.stringify(limits)];
  const args = [...flags, "--liftoff-only", ...entry];
  if (bubblewrap === null) return { file: process.execPath, args };
  const readable = [process.execPath, ...folders, ...about];
  return {
    file: bubblewrap,
    args: bubblewrapArguments([process.execPath, ...args], readable),
  };
}
