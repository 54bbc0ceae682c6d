/** The retrievers that come with Chatter. They are read-only, and nobody's own takes one of their names. */
import { type Retriever, RETRIEVER_DEFAULTS } from "../../contract/retrievers.ts";

function builtIn(
  name: string,
  collections: readonly string[],
  description: string,
): [string, Retriever] {
  const retriever: Retriever = {
    name,
    ...RETRIEVER_DEFAULTS,
    collections: [...collections],
    description,
    version: 1,
    built_in: true,
  };
  Object.freeze(retriever.collections);
  return [name, Object.freeze(retriever)];
}

/**
 * The one that is searched where nobody names one, and those that the built-in templates and tools name: each has a collection of its
 * own, which is empty until a document is put there.
 */
export const BUILT_IN_RETRIEVERS: ReadonlyMap<string, Retriever> = new Map([
  builtIn("default", [], "All documents"),
  builtIn("code_docs", ["code_docs"], "The collection code_docs, for the tool search_docs"),
  builtIn(
    "research_docs",
    ["research_docs"],
    "The collection research_docs, for the template research_assistant",
  ),
  builtIn(
    "support_docs",
    ["support_docs"],
    "The collection support_docs, for the template customer_support and the tool search_kb",
  ),
]);
