/**
 * Makes a checkout ready: installs the packages when they are missing or older than the lock file, and builds the
 * page when it is stale. Runs before `npm start` and `npm test`, on whatever Node npm itself has, so it uses
 * nothing that is not in Node 20.
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
  if (!existsSync(folder)) return 0;
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Math.max(
    0,
    ...entries
      .filter((entry) => entry.isFile())
      .map((entry) => changed(join(entry.parentPath ?? entry.path, entry.name))),
  );
}

function run(what, command, args) {
  console.log(`${what} …`);
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (status === 0) return;
  console.error(`${what} failed${error ? `: ${error.message}` : ""}.`);
  process.exit(status ?? 1);
}

function install() {
  // npm writes this file last, so it is newer than the lock file exactly when an install went through.
  const installed = changed(inRoot("node_modules", ".package-lock.json"));
  if (installed >= changed(inRoot("package-lock.json"))) return;
  const npm = process.env.npm_execpath;
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  if (npm) run("Installing packages", process.execPath, [npm, ...args]);
  else run("Installing packages", "npm", args);
}

function buildPage() {
  const built = changed(inRoot("dist", "web", "index.html"));
  const sources = ["web", "src/client", "src/contract"].map((folder) => newest(inRoot(folder)));
  if (built > Math.max(...sources, changed(inRoot("package-lock.json")))) return;
  const node = inRoot("node_modules", ".bin", "node");
  const vite = inRoot("node_modules", "vite", "bin", "vite.js");
  run("Building the page", node, [
    vite,
    "build",
    "--config",
    "web/vite.config.ts",
    "--logLevel",
    "warn",
  ]);
}

/** What a server loads only when its configuration asks for it; most do. */
const LOADED_LATER = [
  "cli/serve.ts",
  "storage/sqlite/open.ts",
  "storage/postgres/open.ts",
  "middleware/rate-limiting.ts",
  "middleware/content-filter.ts",
  "middleware/redaction.ts",
  "providers/openai/provider.ts",
  "providers/anthropic/provider.ts",
  "providers/prices.ts",
  "outbound/fetch.ts",
];

/** Without this the first start would compile everything itself: slower, and with the compiler left in memory. */
function compile() {
  const cache = inRoot("node_modules", ".cache", "chatter");
  if (newest(cache) > Math.max(newest(inRoot("src")), changed(inRoot("package-lock.json")))) return;
  const node = inRoot("node_modules", ".bin", "node");
  const sources = new URL("../src/", import.meta.url).href;
  const program = `
    const { enableCompileCache } = await import("node:module");
    enableCompileCache(${JSON.stringify(cache)});
    for (const file of ${JSON.stringify(LOADED_LATER)}) await import("${sources}" + file);
  `;
  run("Compiling", node, ["--input-type=module", "-e", program]);
  run("Chatter", node, [inRoot("src", "chatter.js"), "--version"]);
}

install();
buildPage();
compile();
