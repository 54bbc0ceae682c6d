/** Several retrievers behind the one port, each by its name. */
import { WorkflowConfigurationError } from "../workflow/errors.ts";
import { hint } from "../workflow/plan/suggest.ts";
import type { Retriever } from "../workflow/ports/retrieval.ts";

/**
 * Hands each search to the retriever that it names. `otherwise` gets those with other names; without it, such a name
 * is an error, never another one's search.
 */
export function namedRetrievers(
  retrievers: ReadonlyMap<string, Retriever>,
  otherwise: Retriever | null = null,
): Retriever {
  return {
    async retrieve(query, signal) {
      const retriever = retrievers.get(query.retriever) ?? otherwise;
      if (retriever) return retriever.retrieve(query, signal);
      throw new WorkflowConfigurationError(
        `There is no retriever "${query.retriever}"${hint(query.retriever, retrievers.keys())}.`,
        { missingParameter: "retriever" },
      );
    },
  };
}
