/** Tools whose parameters are given as a JSON Schema: what a model sends is checked before they run. */
import { policyOf, type Tool } from "../workflow/ports/tools.ts";
import { compileSchema } from "./json-schema.ts";

/**
 * The same tool, which is not called with arguments that its schema refuses: the error says by path what is wrong, for
 * the model to read. Throws an `Error` that says why the schema cannot be used.
 */
export function withCheckedArguments(tool: Tool): Tool {
  const check = compileSchema(tool.parameters);
  return Object.freeze({
    ...policyOf(tool),
    name: tool.name,
    description: tool.description,
    parameters: tool.parameters,
    checksArguments: true,
    execute: async (...[args, context, signal]: Parameters<Tool["execute"]>) => {
      const wrong = check(args);
      if (wrong === null) return tool.execute(args, context, signal);
      throw new Error(`the arguments are wrong: ${wrong}. Call it again with right ones.`);
    },
  });
}
