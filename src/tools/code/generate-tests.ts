/** The tool `generate_tests`: has the run's model write tests of a piece of code, and runs them. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { Tool, ToolContext } from "../../workflow/ports/tools.ts";
import { defineTool } from "../../workflow/tools.ts";
import type { CodeOutcome, CodeRunner } from "../sandbox/runner.ts";
import { CodeLanguage, fileOf, MAX_CODE } from "./execute-code.ts";
import { testRequest, testsIn } from "./generated-tests.ts";
import { describeTests, resultOf, type TestedCode } from "./test-report.ts";

/** How long the tests of an answer may be, in tokens. */
const TEST_TOKENS = 3000;

/** How long code and tests may take together, in milliseconds. */
const TIMEOUT_MS = 10_000;

const Arguments = z.object({
  language: CodeLanguage,
  code: z.string().min(1).max(MAX_CODE).describe("the code to be tested, whole"),
  description: z.string().max(2000).default("").describe("what the code is for"),
});

const DESCRIPTION =
  "Writes tests for code in JavaScript or TypeScript, runs them with it, and gives their text and which passed and failed. " +
  "The code must run by itself: it can import nothing.";

/** Runs code with its tests: in one file, so that they see all of it. */
async function runTests(
  { language, code }: z.infer<typeof Arguments>,
  tests: string,
  runner: CodeRunner,
  signal: AbortSignal,
): Promise<CodeOutcome> {
  const harness = await readFile(new URL("harness.js", import.meta.url), "utf8");
  const sources = [
    { name: "harness", language: "javascript", text: harness },
    { name: fileOf(language), language, text: `${code}\n${tests}` },
    { name: "harness", language: "javascript", text: "await runTests()" },
  ] as const;
  return runner.run({ sources, timeoutMs: TIMEOUT_MS }, signal);
}

async function testCode(
  args: z.infer<typeof Arguments>,
  { ask }: ToolContext,
  runner: CodeRunner,
  signal: AbortSignal,
): Promise<TestedCode> {
  if (!ask) {
    throw new Error(
      "there is no model to write tests here: it works in a conversation. To run tests that are there, use execute_code.",
    );
  }
  const { code, language, description } = args;
  const answer = await ask(testRequest(code, language, description), TEST_TOKENS, signal);
  const tests = testsIn(answer);
  if (tests === null) {
    throw new Error(
      "the model gave no tests for this code. Write them and run them with execute_code.",
    );
  }
  return resultOf(tests, code, await runTests(args, tests, runner, signal));
}

/** Makes the tool. */
export function createGenerateTests(runner: CodeRunner): Tool {
  return defineTool({
    name: "generate_tests",
    description: DESCRIPTION,
    effect: "read",
    parameters: Arguments,
    execute: (args, context, signal) => testCode(args, context, runner, signal),
    toOutput: (tested) => ({ content: describeTests(tested), structured: { ...tested } }),
  });
}
