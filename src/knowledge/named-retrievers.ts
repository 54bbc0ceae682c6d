/** Several retrievers behind the one port, each by its name. */
import { WorkflowConfigurationError } from "../workflow/errors.ts";
import { hint } from "../workflow/plan/suggest.ts";
import type { Retriever } from "../workflow/ports/retrieval.ts";

/** Hands each search to the retriever that it names; an unknown name is an error, never another one's search. */
export function namedRetrievers(retrievers: ReadonlyMap<string, Retriever>): Retriever {
  return {
    async retrieve(query, signal) {
      const retriever = retrievers.get(query.retriever);
      if (retriever) return retriever.retrieve(query, signal);
      throw new WorkflowConfigurationError(
        `There is no retriever "${query.retriever}"${hint(query.retriever, retrievers.keys())}.`,
        { missingParameter: "retriever" },
      );
    },
  };
}
