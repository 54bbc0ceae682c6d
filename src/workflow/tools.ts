/** Tools of the user's own. */
import { z } from "zod";
import { invalid } from "./errors.ts";
import { checkTools } from "./plan/validator.ts";
import type { Tool, ToolContext, ToolOutput, ToolPolicy } from "./ports/tools.ts";
import { wrongArguments } from "./tool-arguments.ts";

/** A tool whose arguments are described by a Zod schema: they are checked before it runs. */
export interface ZodToolInput<Arguments extends z.ZodObject> extends ToolPolicy {
  readonly name: string;
  readonly description: string;
  readonly parameters: Arguments;
  /**
   * What it returns or resolves with is shown to the model: a text as it is, a `toolOutput` as it says, anything else as
   * JSON.
   */
  readonly execute: (
    args: z.infer<Arguments>,
    context: ToolContext,
    signal: AbortSignal,
  ) => unknown;
}

const outputs = new WeakSet<object>();

/** Marks what a tool of `defineTool` returns as its whole output: text, data, images, passages, each as it says. */
export function toolOutput(output: ToolOutput): ToolOutput {
  outputs.add(output);
  return output;
}

/** An object is a result as data, which the model reads as JSON, unless it is marked as a whole output. */
function toOutput(result: unknown): string | ToolOutput {
  if (typeof result === "string") return result;
  if (typeof result === "object" && result !== null && outputs.has(result)) {
    return result as ToolOutput;
  }
  const content = JSON.stringify(result) ?? "";
  if (typeof result !== "object" || result === null || Array.isArray(result)) return content;
  return { content, structured: JSON.parse(content) as Record<string, unknown> };
}

function parse<Arguments extends z.ZodObject>(
  schema: Arguments,
  args: unknown,
): z.infer<Arguments> {
  const result = schema.safeParse(args);
  if (result.success) return result.data;
  throw new Error(wrongArguments(result.error));
}

/** Makes a tool. Throws a `WorkflowValidationError` that names what is wrong with it. */
export function defineTool<Arguments extends z.ZodObject>(input: ZodToolInput<Arguments>): Tool {
  const { name, description, execute, effect, approval, trusted } = input;
  if (!("_zod" in Object(input.parameters))) {
    const rule = "must be an object of Zod 4, such as z.object({ city: z.string() })";
    throw invalid("parameters", `${rule}; a tool with a JSON Schema is an object of its own`);
  }
  const { $schema: _, ...parameters } = z.toJSONSchema(input.parameters, { io: "input" });
  const tool: Tool = Object.freeze({
    name,
    description,
    parameters,
    checksArguments: true,
    ...(effect !== undefined && { effect }),
    ...(approval !== undefined && { approval }),
    ...(trusted !== undefined && { trusted }),
    execute: async (
      args: Readonly<Record<string, unknown>>,
      context: ToolContext,
      signal: AbortSignal,
    ) => toOutput(await execute(parse(input.parameters, args), context, signal)),
  });
  const [error] = checkTools([tool]);
  if (error) throw error;
  return tool;
}
