/**
 * Everything that must hold before a change lands: format, types, lint, dead code, and all tests. Runs each step
 * even when an earlier one failed, so that one run shows all that is wrong.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");

/** Runs a tool of this checkout; true when it found nothing wrong. */
function passes(name: string, tool: string, ...args: string[]): boolean {
  console.log(`\n── ${name} ──`);
  const since = performance.now();
  const { status } = spawnSync(join(ROOT, "node_modules", ".bin", tool), args, {
    cwd: ROOT,
    stdio: "inherit",
  });
  const seconds = ((performance.now() - since) / 1000).toFixed(1);
  console.log(`── ${name}: ${status === 0 ? "ok" : "failed"} (${seconds} s)`);
  return status === 0;
}

/** Runs all tests and returns how many passed and failed. Not ok when they did not get far enough to be counted. */
function runTests(): { ok: boolean; passed: number; failed: number } {
  const directory = mkdtempSync(join(tmpdir(), "chatter-report-"));
  const report = join(directory, "report.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const ok = passes("tests", "vitest", "run", ...reporters);
  try {
    if (!existsSync(report)) return { ok: false, passed: 0, failed: 0 };
    const { success, numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, "utf8"));
    return { ok: ok && success, passed: numPassedTests, failed: numFailedTests };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const checks = [
  passes("format", "oxfmt", "--check", "."),
  passes("types", "tsc", "--noEmit"),
  passes("types of the page", "tsc", "--noEmit", "--project", "web"),
  passes("lint", "oxlint", "--type-aware"),
  passes("dead code", "knip"),
];
const tests = runTests();
const broken = checks.filter((ok) => !ok).length;
console.log(`\nchecks: ${checks.length - broken} passed, ${broken} failed`);
console.log(`tests: ${tests.passed} passed, ${tests.failed} failed`);
process.exitCode = tests.ok && broken === 0 ? 0 : 1;
