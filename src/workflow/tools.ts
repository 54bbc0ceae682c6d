/** Tools of the user's own. */
import { z } from "zod";
import type { WorkflowError } from "./errors.ts";
import { checkTools } from "./plan/validator.ts";
import type { Tool, ToolContext } from "./ports/tools.ts";

/** A tool whose arguments are described by a Zod schema: they are checked before it runs. */
export interface ZodToolInput<Arguments extends z.ZodObject> {
  readonly name: string;
  readonly description: string;
  readonly parameters: Arguments;
  /** What is returned is shown to the model: a text as it is, anything else as JSON. */
  readonly execute: (
    args: z.infer<Arguments>,
    context: ToolContext,
    signal: AbortSignal,
  ) => unknown;
}

function toText(result: unknown): string {
  return typeof result === "string" ? result : (JSON.stringify(result) ?? "");
}

function parse<Arguments extends z.ZodObject>(
  schema: Arguments,
  args: unknown,
): z.infer<Arguments> {
  const result = schema.safeParse(args);
  if (result.success) return result.data;
  const issues = result.error.issues.map(
    ({ path, message }) => `${path.map(String).join(".") || "arguments"}: ${message}`,
  );
  throw new Error(`the arguments are wrong: ${issues.join("; ")}. Call it again with right ones.`);
}

/** Makes a tool. Throws a `WorkflowValidationError` that names what is wrong with it. */
export function defineTool<Arguments extends z.ZodObject>(input: ZodToolInput<Arguments>): Tool {
  const { name, description, execute } = input;
  const { $schema: _, ...parameters } = z.toJSONSchema(input.parameters, { io: "input" });
  const tool: Tool = Object.freeze({
    name,
    description,
    parameters,
    execute: async (
      args: Readonly<Record<string, unknown>>,
      context: ToolContext,
      signal: AbortSignal,
    ) => toText(await execute(parse(input.parameters, args), context, signal)),
  });
  const [error]: WorkflowError[] = checkTools([tool]);
  if (error) throw error;
  return tool;
}
