/** The tool `execute_code`: runs JavaScript and TypeScript that a model has written. */
import { z } from "zod";
import type { Tool } from "../../workflow/ports/tools.ts";
import { defineTool } from "../../workflow/tools.ts";
import type { CodeRunner } from "../sandbox/runner.ts";
import { dataOf, describeOutcome } from "./outcome.ts";

/** The longest program, in UTF-16 units. */
export const MAX_CODE = 100_000;

/** How long a program may take, in milliseconds. */
const TIMEOUT = { usual: 5000, least: 100, most: 10_000 };

export const CodeLanguage = z.enum(["javascript", "typescript"]);

/** The name by which errors call a program. */
export function fileOf(language: z.infer<typeof CodeLanguage>): string {
  return language === "typescript" ? "program.ts" : "program.js";
}

const DESCRIPTION =
  "Runs a program in JavaScript or TypeScript and gives its console output, the value of its last expression, and its " +
  "error with the line. It may use await. There is the language alone, with console and timers: no imports, no files, no " +
  "network, no process, no Intl. Use it to compute, to try code out, and to check results.";

/** Makes the tool. It changes nothing: a program reaches neither this server nor anything else. */
export function createExecuteCode(runner: CodeRunner): Tool {
  return defineTool({
    name: "execute_code",
    description: DESCRIPTION,
    effect: "read",
    parameters: z.object({
      language: CodeLanguage,
      code: z.string().min(1).max(MAX_CODE).describe("the whole program"),
      timeout_ms: z
        .int()
        .min(TIMEOUT.least)
        .max(TIMEOUT.most)
        .default(TIMEOUT.usual)
        .describe("how long it may take, in milliseconds"),
    }),
    execute: ({ language, code, timeout_ms }, _context, signal) => {
      const source = { name: fileOf(language), language, text: code };
      return runner.run({ sources: [source], timeoutMs: timeout_ms }, signal);
    },
    toOutput: (outcome) => ({ content: describeOutcome(outcome), structured: dataOf(outcome) }),
  });
}
