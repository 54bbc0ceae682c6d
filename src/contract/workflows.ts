/** The names of the workflows. */
import { z } from "zod";

/** How an answer is made. */
export const WorkflowType = z.enum(["plain", "rag", "tools", "full"]);
export type WorkflowType = z.infer<typeof WorkflowType>;

/** Other spellings that are understood; anything else is refused, never taken for `plain`. */
const WORKFLOW_ALIASES: Readonly<Record<string, WorkflowType>> = Object.freeze({
  basic: "plain",
  "rag+tools": "full",
  "tools+rag": "full",
});

const WORKFLOW_NAMES = [...WorkflowType.options, ...Object.keys(WORKFLOW_ALIASES)] as const;

/** A workflow by its name or an alias, turned into the name. */
export const WorkflowName = z
  .enum(WORKFLOW_NAMES as [string, ...string[]], {
    error: `must be one of ${WORKFLOW_NAMES.join(", ")}`,
  })
  .transform((name) => WORKFLOW_ALIASES[name] ?? (name as WorkflowType));
