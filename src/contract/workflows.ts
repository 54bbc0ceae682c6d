/** Workflows: their names, the parameters they take, and what a dry run says. */
import { z } from "zod";
import { Problem } from "./problems.ts";
import { text } from "./text.ts";

/** How an answer is made: the four built-in workflows. */
export const WorkflowType = z.enum(["plain", "rag", "tools", "full"]);
export type WorkflowType = z.infer<typeof WorkflowType>;

/** Other spellings that are understood; anything else is refused, never taken for `plain`. */
export const WORKFLOW_ALIASES: Readonly<Record<string, WorkflowType>> = Object.freeze({
  basic: "plain",
  "rag+tools": "full",
  "tools+rag": "full",
});

/**
 * A workflow by its name or an alias, turned into the name. Beside the four there may be workflows of the server's
 * own configuration, so whether a name exists is found out while planning.
 */
export const WorkflowName = z
  .string()
  .regex(/^[a-z][a-z0-9_+-]{0,63}$/, {
    error: `must be ${WorkflowType.options.join(", ")} or the name of another workflow of this server`,
  })
  .meta({ examples: [...WorkflowType.options, ...Object.keys(WORKFLOW_ALIASES)] })
  .transform((name) => (Object.hasOwn(WORKFLOW_ALIASES, name) && WORKFLOW_ALIASES[name]) || name);

/** The parameters that a workflow may be given, each with its type and bounds. */
export const WorkflowParameters = z
  .strictObject({
    system_message: text(0, 100_000).describe("the first words to the model"),
    enable_memory: z.boolean().describe("sum up what no longer fits into the window"),
    memory_window: z.int().min(1).max(200).describe("how many messages the model is shown"),
    max_documents: z.int().min(1).max(50).describe("how many passages the model is shown"),
    similarity_threshold: z
      .number()
      .min(0)
      .max(1)
      .describe("raw cosine; passages below are left out"),
    retrieval_required: z
      .boolean()
      .describe("whether a failed search fails the run; if not, it answers without documents"),
    max_tool_calls: z.int().min(1).max(20).describe("how many calls a run may make"),
    tool_timeout: z.number().min(0.1).max(600).describe("seconds that one call may take"),
  })
  .partial()
  .meta({ id: "WorkflowParameters" });
export type WorkflowParameters = z.infer<typeof WorkflowParameters>;
export type WorkflowParameter = keyof WorkflowParameters;

/** A parameter of a workflow, as `GET /workflows` describes it. */
const ParameterInfo = z.object({
  name: z.string(),
  type: z.enum(["string", "boolean", "integer", "number"]),
  description: z.string(),
  minimum: z.number().nullable().describe("of a string: its shortest length"),
  maximum: z.number().nullable().describe("of a string: its greatest length"),
  default: z.union([z.string(), z.number(), z.boolean()]).nullable(),
});
export type ParameterInfo = z.infer<typeof ParameterInfo>;

export const WorkflowInfo = z
  .object({
    type: z.string(),
    aliases: z.array(z.string()),
    description: z.string(),
    required: z.array(z.string()).describe("resources that must exist: `retriever`, `tools`"),
    optional: z.array(ParameterInfo),
  })
  .meta({ id: "WorkflowInfo" });
export type WorkflowInfo = z.infer<typeof WorkflowInfo>;

/** What is wrong, each kind of problem once; never empty. */
export const Refused = z.object({ valid: z.literal(false), errors: z.array(Problem).min(1) });
