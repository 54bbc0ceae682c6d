/** The examples, each run as a user would run it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";

const EXAMPLES = join(import.meta.dirname, "..", "..", "examples");

/** What each prints. */
const PRINTED: Readonly<Record<string, RegExp>> = {
  "langgraph.ts": /^Hello, ada!\n$/,
  "library.ts": /offline[^]*\n\(completed\)\n4 messages; the last is complete\n$/,
  "middleware.ts": /^run_: some tokens\ncomplete\nFORBIDDEN\nCONTENT_POLICY_VIOLATION\n$/,
  "tool.ts":
    /^calls search_orders \{ query: 'green tea' \}\ngets ok: ada has ordered green tea on Monday\.\n[^]*green tea/,
  "workflow.ts": /^At four\. \[1\]\nHandbook\n2 calls of the model\n$/,
};

it("are all here", () => {
  const files = readdirSync(EXAMPLES).filter((file) => file.endsWith(".ts"));
  expect(files.toSorted()).toEqual(Object.keys(PRINTED));
});

it.each(Object.entries(PRINTED))("%s runs and prints what it shows", async (file, printed) => {
  const child = spawn(process.execPath, [join(EXAMPLES, file)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect([stderr, ...(await exited)]).toEqual(["", 0, null]);
  expect(stdout).toMatch(printed);
});
