/** The tables of the four workflows: what each needs, what it may be given, and what holds where nobody says. */
import type {
  WorkflowParameter,
  WorkflowParameters,
  WorkflowType,
} from "../../contract/workflows.ts";

/** What must exist for a workflow beside a model. */
export type Resource = "retriever" | "tools";

/** What planning must know of a workflow, one of the four or a user's own. */
export interface WorkflowRules {
  readonly description: string;
  readonly required: readonly Resource[];
}

/** The four workflows. A user's own stand beside them in `Available.workflows`. */
export const BUILT_IN_WORKFLOWS: ReadonlyMap<string, WorkflowRules> = new Map<
  WorkflowType,
  WorkflowRules
>([
  ["plain", { description: "The model answers from the conversation.", required: [] }],
  [
    "rag",
    {
      description: "Passages from the documents are found first; the model answers from them.",
      required: ["retriever"],
    },
  ],
  [
    "tools",
    {
      description: "The model answers, and calls tools until it can.",
      required: ["tools"],
    },
  ],
  [
    "full",
    {
      description:
        "Passages are found first; then the model answers, and calls tools until it can.",
      required: ["retriever", "tools"],
    },
  ],
]);

const FOR_ALL: readonly WorkflowParameter[] = ["system_message", "enable_memory", "memory_window"];

const FOR_RESOURCE: Readonly<Record<Resource, readonly WorkflowParameter[]>> = {
  retriever: ["max_documents", "similarity_threshold", "retrieval_required"],
  tools: ["max_tool_calls", "tool_timeout"],
};

/** The parameters that a workflow takes: those of all workflows, then those of what it needs. */
export function optionalParameters({ required }: WorkflowRules): WorkflowParameter[] {
  return [...FOR_ALL, ...required.flatMap((resource) => FOR_RESOURCE[resource])];
}

/** The last source: what holds where nobody says anything. */
export const PARAMETER_DEFAULTS = Object.freeze({
  enable_memory: false,
  memory_window: 20,
  max_documents: 5,
  retrieval_required: true,
  max_tool_calls: 5,
  tool_timeout: 30,
} as const satisfies WorkflowParameters);
