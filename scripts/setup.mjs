/**
 * Makes a checkout ready: installs the packages when they are missing or older than the lock file, and builds what is
 * stale. Runs before `npm start` and `npm test`, on whatever Node npm itself has, so it uses nothing that is not in
 * Node 20; so does `build.mjs`.
 */
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

function changed(...path) {
  const file = join(root, ...path);
  return existsSync(file) ? statSync(file).mtimeMs : 0;
}

function install() {
  // npm writes this file last, so it is newer than the lock file exactly when an install went through.
  if (changed("node_modules", ".package-lock.json") >= changed("package-lock.json")) return;
  console.log("Installing packages …");
  const npm = process.env.npm_execpath;
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const [command, first] = npm ? [process.execPath, [npm]] : ["npm", []];
  const { status, error } = spawnSync(command, [...first, ...args], {
    cwd: root,
    stdio: "inherit",
  });
  if (status === 0) return;
  console.error(`Installing packages failed${error ? `: ${error.message}` : ""}.`);
  process.exit(status ?? 1);
}

install();
await import("./build.mjs");
