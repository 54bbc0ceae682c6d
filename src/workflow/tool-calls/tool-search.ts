/**
 * Many tools: the model is shown one that finds the others, and those that it has found from its next turn on. Which they
 * are follows from the stored answers of a run and from nothing else, so that a later attempt shows the same.
 */
import type { RunPlan } from "../../contract/runs.ts";
import type { Tool, ToolAnswer, ToolSource } from "../ports/tools.ts";

/** The tool that finds others. */
export const SEARCH_TOOLS = "search_tools";

/** A reason may hold words of others, and is read with the result: no more of it than this, in characters. */
const MAX_REASON = 300;

/** The data of a result of `search_tools`. */
export interface ToolsFound {
  /** The names of those that were found and loaded, best first. */
  readonly tools: readonly string[];
}

/** The tools that the model of a run is shown from the beginning. */
export function firstTools({ tools }: Pick<RunPlan, "tools">): readonly string[] {
  if (!tools) return [];
  return tools.search ? [SEARCH_TOOLS] : tools.names;
}

function namesIn({ structured }: ToolAnswer): unknown[] {
  const named = structured?.["tools" satisfies keyof ToolsFound];
  return Array.isArray(named) ? named : [];
}

/**
 * The tools that a run has come upon, each once, in the order found: by searching, or because the model has called one by
 * its name. Only what the plan allows is among them.
 */
export function foundTools(
  answers: readonly ToolAnswer[],
  { names }: NonNullable<RunPlan["tools"]>,
): string[] {
  const found = new Set<unknown>(
    answers.flatMap((answer) => (answer.name === SEARCH_TOOLS ? namesIn(answer) : [answer.name])),
  );
  const allowed = new Set(names);
  return [...found].filter(
    (name): name is string =>
      typeof name === "string" && name !== SEARCH_TOOLS && allowed.has(name),
  );
}

/** Tools that were loaded for themselves. */
export interface LoadedTools {
  /** Those that are there, in the order of their names. */
  readonly tools: readonly Tool[];
  /** Why each of the others is not, by its name, in a sentence for the model. */
  readonly failed: ReadonlyMap<string, string>;
}

/** Loads tools so that one which fails costs no other. Throws the signal's reason when it aborts. */
export async function loadEach(
  source: Pick<ToolSource, "has" | "load">,
  names: readonly string[],
  signal: AbortSignal,
): Promise<LoadedTools> {
  const failed = new Map<string, string>();
  const loads = names.map((name) =>
    source.load([name], signal).catch((error: unknown) => {
      signal.throwIfAborted();
      // What a source says of an unknown name lists all there are, also those that the run may not call.
      const known = source.has(name) && error instanceof Error;
      const reason = known ? error.message : `There is no tool "${name}" any more.`;
      failed.set(name, reason.slice(0, MAX_REASON).toWellFormed());
      return [];
    }),
  );
  return { tools: (await Promise.all(loads)).flat(), failed };
}
