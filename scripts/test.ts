/**
 * Everything that must hold before a change lands: format, types, lint, dead code, and all tests. Runs each step
 * even when an earlier one failed, so that one run shows all that is wrong.
 */
import { spawn, spawnSync } from "node:child_process";
import { text } from "node:stream/consumers";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");

/** Where a tool of this checkout is. */
function pathOf(tool: string): string {
  return join(ROOT, "node_modules", ".bin", tool);
}

/** Says how a step went; `status` is 0 when nothing was wrong. */
function report(name: string, status: number | null, since: number): boolean {
  const seconds = ((performance.now() - since) / 1000).toFixed(1);
  console.log(`── ${name}: ${status === 0 ? "ok" : "failed"} (${seconds} s)`);
  return status === 0;
}

/** Runs a tool beside others; true when it found nothing wrong. What it says is printed when it has ended. */
async function passes(name: string, tool: string, ...args: string[]): Promise<boolean> {
  const since = performance.now();
  const child = spawn(pathOf(tool), args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const [status, ...said] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  console.log(`\n── ${name} ──\n${said.join("").trim()}`);
  return report(name, status, since);
}

/** Runs all tests and returns how many passed and failed. Not ok when they did not get far enough to be counted. */
function runTests(): { ok: boolean; passed: number; failed: number } {
  const directory = mkdtempSync(join(tmpdir(), "chatter-report-"));
  const file = join(directory, "report.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  console.log("\n── tests ──");
  const since = performance.now();
  const args = ["run", ...reporters];
  const { status } = spawnSync(pathOf("vitest"), args, { cwd: ROOT, stdio: "inherit" });
  const ok = report("tests", status, since);
  try {
    if (!existsSync(file)) return { ok: false, passed: 0, failed: 0 };
    const { success, numPassedTests, numFailedTests } = JSON.parse(readFileSync(file, "utf8"));
    return { ok: ok && success, passed: numPassedTests, failed: numFailedTests };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const checks = await Promise.all([
  passes("format", "oxfmt", "--check", "."),
  passes("types", "tsc", "--noEmit"),
  passes("types of the page", "tsc", "--noEmit", "--project", "web"),
  passes("lint", "oxlint", "--type-aware"),
  passes("dead code", "knip"),
]);
const tests = runTests();
const broken = checks.filter((ok) => !ok).length;
console.log(`\nchecks: ${checks.length - broken} passed, ${broken} failed`);
console.log(`tests: ${tests.passed} passed, ${tests.failed} failed`);
process.exitCode = tests.ok && broken === 0 ? 0 : 1;
