/** Tools that search: each with a retriever of its own, and with passages that the answer can cite. */
import { z } from "zod";
import type { Retriever } from "../../workflow/ports/retrieval.ts";
import type { Tool } from "../../workflow/ports/tools.ts";
import { defineTool } from "../../workflow/tools.ts";

const DEFAULT_PASSAGES = 5;
const MOST_PASSAGES = 20;

/** What a search tool is called, what it says of itself, and where it looks. */
interface SearchToolSettings {
  readonly name: string;
  readonly description: string;
  readonly retriever: string;
}

function searchTool({ name, description, retriever }: SearchToolSettings, port: Retriever): Tool {
  return defineTool({
    name,
    description,
    parameters: z.strictObject({
      query: z.string().min(1).max(1000).describe("what to look for, in words of the documents"),
      max_documents: z
        .int()
        .min(1)
        .max(MOST_PASSAGES)
        .optional()
        .describe(`how many passages at most; default ${DEFAULT_PASSAGES}`),
    }),
    effect: "read",
    execute: async ({ query, max_documents: most = DEFAULT_PASSAGES }, context, signal) => {
      const { passages, ...search } = await port.retrieve(
        {
          userId: context.userId,
          retriever,
          query,
          documentIds: context.documentIds ?? null,
          maxDocuments: most,
          similarityThreshold: null,
          rewrite: null,
        },
        signal,
      );
      return { passages, search };
    },
    toOutput: (found) => ({ content: "", ...found }),
  });
}

/** Makes the search of the knowledge base and that of the code documentation. */
export function searchTools(retriever: Retriever): readonly Tool[] {
  const knowledgeBase: SearchToolSettings = {
    name: "search_kb",
    description:
      "Searches the knowledge base of the support team; the passages found can be cited.",
    retriever: "support_docs",
  };
  const documentation: SearchToolSettings = {
    name: "search_docs",
    description: "Searches the code documentation; the passages found can be cited.",
    retriever: "code_docs",
  };
  return [searchTool(knowledgeBase, retriever), searchTool(documentation, retriever)];
}
