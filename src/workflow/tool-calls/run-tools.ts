/** The tools of one run: those that its model is shown, and those that its calls need. */
import { WorkflowConfigurationError } from "../errors.ts";
import type { Execution } from "../execution.ts";
import { hint, nearest } from "../plan/suggest.ts";
import type { ToolDescription } from "../ports/model.ts";
import type { Tool, ToolSource } from "../ports/tools.ts";
import type { ConversationState } from "../state.ts";
import { foundTools, loadEach, SEARCH_TOOLS } from "./tool-search.ts";
import type { NumberedTurn } from "./turn-log.ts";

/** What the calls of a turn can be answered with. */
export interface CallableTools {
  /** The tools that this run may call, as far as they are loaded. */
  readonly tools: ReadonlyMap<string, Tool>;
  /** Why a tool that it may call is not there, by its name. */
  readonly failed: ReadonlyMap<string, string>;
  /** What the model is told of a name that no tool has. */
  readonly unknown: (name: string) => string;
}

export class RunTools {
  readonly #execution: Execution;
  readonly #loaded = new Map<string, Tool>();
  #all: Promise<ReadonlyMap<string, Tool>> | null = null;

  constructor(execution: Execution) {
    this.#execution = execution;
  }

  /** Whether the model searches for its tools, so that each is loaded when it is found or called. */
  get #searched(): boolean {
    return this.#execution.plan.tools?.search ?? false;
  }

  /**
   * Loads what must be there before the first model call: every tool, where the model is shown all. Throws a
   * `WorkflowConfigurationError`.
   */
  async open(): Promise<void> {
    if (this.#searched) this.#source();
    else await this.all();
  }

  /** Every tool that the run may call, by its name. Throws a `WorkflowConfigurationError` where one is not there. */
  all(): Promise<ReadonlyMap<string, Tool>> {
    return (this.#all ??= this.#loadAll());
  }

  /** The tools that the model is shown in its next turn. What was found and is no longer there is left out. */
  async bound({ tool_calls: answers }: ConversationState): Promise<readonly ToolDescription[]> {
    const { plan, compiled, signal } = this.#execution;
    if (!plan.tools || !this.#searched) return compiled.tools;
    const source = this.#source();
    const found = foundTools(answers, plan.tools);
    // Found by an earlier attempt, and not known yet since the server has started.
    const missing = found.filter((name) => !source.has(name));
    if (missing.length > 0) await loadEach(source, missing, signal);
    return [...compiled.tools, ...found.flatMap((name) => toDescription(source.describe(name)))];
  }

  /** What the calls of a turn can be answered with, of which so many may still be made. */
  async forTurn({ turn, answers }: NumberedTurn, remaining: number): Promise<CallableTools> {
    const { plan, signal } = this.#execution;
    if (!plan.tools || !this.#searched) {
      const tools = await this.all();
      const unknown = (name: string): string =>
        `There is no tool "${name}"${hint(name, tools.keys())}.`;
      return { tools, failed: new Map(), unknown };
    }
    const { names } = plan.tools;
    const called = turn.calls.filter((_, place) => place < remaining && !answers.has(place));
    const wanted = [...new Set(called.map(({ name }) => name))].filter(
      (name) => names.includes(name) && !this.#loaded.has(name),
    );
    const { tools, failed } = await loadEach(this.#source(), wanted, signal);
    for (const tool of tools) this.#loaded.set(tool.name, tool);
    return { tools: this.#loaded, failed, unknown: (name) => unknownAmongMany(name, names) };
  }

  #source(): ToolSource {
    const { plan, ports } = this.#execution;
    if (ports.tools) return ports.tools;
    throw new WorkflowConfigurationError(
      `The ${plan.workflow} workflow needs tools, and this server has none.`,
      { workflowType: plan.workflow, missingParameter: "tools" },
    );
  }

  async #loadAll(): Promise<ReadonlyMap<string, Tool>> {
    const { plan, signal } = this.#execution;
    if (!plan.tools) return new Map();
    const tools = await this.#source().load(plan.tools.names, signal);
    return new Map(tools.map((tool) => [tool.name, tool]));
  }
}

/** What a source knows beyond this is nothing for a model. */
function toDescription(known: ToolDescription | null): ToolDescription[] {
  if (!known) return [];
  const { name, description, parameters } = known;
  return [{ name, description, parameters }];
}

/** All names would be what the search is there to avoid. */
function unknownAmongMany(name: string, names: readonly string[]): string {
  const meant = nearest(name, names);
  const question = meant === null ? "." : `; did you mean "${meant}"?`;
  return `There is no tool "${name}"${question} Look for tools with ${SEARCH_TOOLS}.`;
}
