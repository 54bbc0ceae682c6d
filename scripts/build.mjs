/**
 * Builds what is stale: the page, and the server that `npm start` runs. A build is fresh while nothing that it is made of
 * was changed after it.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const inRoot = (...path) => join(root, ...path);

function changed(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

/** When the newest file under a folder was changed. */
function newest(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Math.max(
    0,
    ...files.map((entry) => changed(join(entry.parentPath ?? entry.path, entry.name))),
  );
}

/** Builds `built` with a script, unless it is newer than these folders, the lock file and the script. */
function build(what, built, folders, script, ...args) {
  const sources = folders.map((folder) => newest(inRoot(folder)));
  const made = Math.max(...sources, changed(inRoot("package-lock.json")), changed(script));
  if (changed(inRoot(built)) > made) return;
  console.log(`Building ${what} …`);
  const { status, error } = spawnSync(inRoot("node_modules", ".bin", "node"), [script, ...args], {
    cwd: root,
    stdio: "inherit",
  });
  if (status === 0) return;
  console.error(`Building ${what} failed${error ? `: ${error.message}` : ""}.`);
  process.exit(status ?? 1);
}

const vite = ["build", "--config", "web/vite.config.ts", "--logLevel", "warn"];
build(
  "the page",
  "dist/web/index.html",
  ["web", "src/client", "src/contract"],
  inRoot("node_modules", "vite", "bin", "vite.js"),
  ...vite,
);
build("the server", "dist/server/chatter.js", ["src"], inRoot("scripts", "bundle.ts"));
