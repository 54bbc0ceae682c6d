/** The retrievers that come with Chatter; a user's own of the same name goes before. */
import { type Retriever, RETRIEVER_DEFAULTS } from "../../contract/retrievers.ts";

function builtIn(name: string, description: string): [string, Retriever] {
  const retriever = { name, ...RETRIEVER_DEFAULTS, description, version: 1, built_in: true };
  return [name, Object.freeze(retriever)];
}

/** Those that the built-in templates name, and the one that is searched where nobody names one. */
export const BUILT_IN_RETRIEVERS: ReadonlyMap<string, Retriever> = new Map([
  builtIn("default", "All documents"),
  builtIn("research_docs", "All documents, for the template research_assistant"),
  builtIn("support_docs", "All documents, for the template customer_support"),
]);
