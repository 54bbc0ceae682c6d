/** Several retrievers behind the one port, each by its name. */
import { WorkflowConfigurationError, WorkflowExecutionError } from "../workflow/errors.ts";
import { hint } from "../workflow/plan/suggest.ts";
import type { Retrieved, Retriever } from "../workflow/ports/retrieval.ts";

/** What a retriever of the operator's own gave, which may have been written without types. */
function checked(name: string, given: Partial<Retrieved> | null | undefined): Retrieved {
  const { passages, mode = null, degraded = false, thresholdApplied = false } = given ?? {};
  if (Array.isArray(passages)) return { passages, mode, degraded, thresholdApplied };
  throw new WorkflowExecutionError(
    `The retriever "${name}" must return { passages: [...], mode, degraded, thresholdApplied }.`,
    { step: "retrieve" },
  );
}

/**
 * Hands each search to the retriever that it names. `otherwise` gets those with other names; without it, such a name
 * is an error, never another one's search. What a named one gives must have a list of passages.
 */
export function namedRetrievers(
  retrievers: ReadonlyMap<string, Retriever>,
  otherwise: Retriever | null = null,
): Retriever {
  return {
    async retrieve(query, signal) {
      const retriever = retrievers.get(query.retriever);
      if (retriever) return checked(query.retriever, await retriever.retrieve(query, signal));
      if (otherwise) return otherwise.retrieve(query, signal);
      throw new WorkflowConfigurationError(
        `There is no retriever "${query.retriever}"${hint(query.retriever, retrievers.keys())}.`,
        { missingParameter: "retriever" },
      );
    },
  };
}
