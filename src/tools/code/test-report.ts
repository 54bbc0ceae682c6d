/** Which of the generated tests passed. */
import { z } from "zod";
import type { CodeOutcome } from "../sandbox/runner.ts";
import { describeError } from "./outcome.ts";

const TestResult = z.object({
  name: z.string(),
  passed: z.boolean(),
  error: z.string().nullable(),
});

/** Code that was tested, in the names of the contract. */
export interface TestedCode {
  readonly passed: number;
  readonly failed: number;
  readonly results: readonly z.infer<typeof TestResult>[];
  /** Why the tests could not be run to their end; null if they were. */
  readonly error: string | null;
  /** The tests, as the model wrote them. */
  readonly tests: string;
}

/** Where an error was thrown: the tests stand behind the code in one file. */
function errorOf({ error }: CodeOutcome, code: string): string | null {
  if (!error) return null;
  const lines = code.split("\n").length;
  if (error.line === null) return describeError(error);
  if (error.line <= lines) return `In the code: ${describeError(error)}`;
  return `In the tests: ${describeError({ ...error, line: error.line - lines })}`;
}

/** What an outcome says of the tests that were run with this code. */
export function resultOf(tests: string, code: string, outcome: CodeOutcome): TestedCode {
  const { data: results = [] } = z.array(TestResult).safeParse(outcome.result);
  const error = errorOf(outcome, code);
  const none = results.length === 0 ? "The model's code defines no test." : null;
  const passed = results.filter((each) => each.passed).length;
  return { passed, failed: results.length - passed, results, error: error ?? none, tests };
}

/** The same in words, for the model that asked. */
export function describeTests({ passed, failed, results, error, tests }: TestedCode): string {
  const lines = results.map((each) =>
    each.passed ? `passed: ${each.name}` : `failed: ${each.name}: ${each.error}`,
  );
  const head = error
    ? `The tests could not be run. ${error}`
    : `${passed} tests passed, ${failed} failed.`;
  return [head, ...lines, "", "The tests:", tests].join("\n");
}
