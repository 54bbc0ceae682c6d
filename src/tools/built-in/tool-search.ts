/** The tool that finds others: where a run has many, its model is shown this one first. */
import { z } from "zod";
import type { Tool } from "../../workflow/ports/tools.ts";
import { loadEach, SEARCH_TOOLS, type ToolsFound } from "../../workflow/tool-calls/tool-search.ts";
import { defineTool } from "../../workflow/tools.ts";
import type { LazyToolLoader } from "../lazy-tool-loader.ts";
import { rankTools } from "../tool-ranking.ts";

const DEFAULT_TOOLS = 5;
const MOST_TOOLS = 10;

/** What a search has come to. */
interface Found extends ToolsFound {
  readonly query: string;
  /** Among how many it was looked. */
  readonly searched: number;
  /** Why others that fit cannot be used. */
  readonly failures: readonly string[];
}

/**
 * The model reads names alone: what others have written of their tools comes before it where all tools are described, as
 * it does for tools that need not be found.
 */
function inWords({ query, searched, tools, failures }: Found): string {
  const found =
    tools.length > 0
      ? `Found: ${tools.join(", ")}. From now on they are among your tools.`
      : `None of the other tools (${searched}) can be used for "${query}". Say in other words what a tool would have to do.`;
  return [found, ...failures].join("\n");
}

/** Makes the tool. A run finds those of `tools` that its plan allows; a person who tries it finds all. */
export function createToolSearch(tools: LazyToolLoader): Tool {
  return defineTool({
    name: SEARCH_TOOLS,
    description:
      "Finds tools. There are more than you see: where none of yours fits, look here before you say that you cannot do " +
      "something. Those that are found are among your tools from your next turn on.",
    parameters: z.strictObject({
      query: z
        .string()
        .min(1)
        .max(200)
        .describe("what the tool is to do, such as: create an issue on GitHub; or its name"),
      limit: z
        .int()
        .min(1)
        .max(MOST_TOOLS)
        .optional()
        .describe(`how many tools at most; default ${DEFAULT_TOOLS}`),
    }),
    effect: "read",
    trusted: true,
    execute: async ({ query, limit = DEFAULT_TOOLS }, { allowedTools }, signal): Promise<Found> => {
      const others = (allowedTools ?? tools.names)
        .filter((name) => name !== SEARCH_TOOLS)
        .flatMap((name) => tools.describe(name) ?? []);
      const best = rankTools(query, others).slice(0, limit);
      const { tools: loaded, failed } = await loadEach(
        tools,
        best.map(({ name }) => name),
        signal,
      );
      const names = loaded.map(({ name }) => name);
      return { query, searched: others.length, tools: names, failures: [...failed.values()] };
    },
    toOutput: (found) => ({ content: inWords(found), structured: { ...found } }),
  });
}
