/** The tool that calculates. */
import { z } from "zod";
import type { Tool } from "../../workflow/ports/tools.ts";
import { defineTool } from "../../workflow/tools.ts";
import { calculate } from "./calculator/calculate.ts";
import { CONSTANTS, FUNCTIONS } from "./calculator/numbers.ts";

const names = [...FUNCTIONS.keys(), ...CONSTANTS.keys()].join(", ");

export const calculateTool: Tool = defineTool({
  name: "calculate",
  description:
    "Calculates an arithmetic expression exactly, in decimal. Use it for every calculation instead of working it out yourself.",
  parameters: z.strictObject({
    expression: z
      .string()
      .min(1)
      .max(1000)
      .describe(
        `such as 2 * (3 + 4) ^ 2, with + - * / ^ ! and parentheses; % is the remainder between two numbers, and percent behind ` +
          `one; numbers without thousands separators; angles in radians. There are: ${names}`,
      ),
  }),
  effect: "read",
  trusted: true,
  execute: ({ expression }) => ({ expression, result: calculate(expression) }),
});
