import { join } from "node:path";
import { defineConfig } from "vitest/config";

const root = join(import.meta.dirname, "..", "..");

/** The fault tests kill and cut for minutes, and want the machine for themselves: one file after the other. */
export default defineConfig({
  root,
  test: {
    include: ["test/faults/**/*.test.ts"],
    globalSetup: [join(root, "test/support/global-setup.ts")],
    fileParallelism: false,
    testTimeout: 45 * 60_000,
    hookTimeout: 120_000,
    disableConsoleIntercept: true,
  },
});
