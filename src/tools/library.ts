/** Tools as clients see them: described as runs get them, and called within the limits that runs have. */
import type { ToolCallAnswer, ToolInfo } from "../contract/tools.ts";
import { NotFoundError } from "../workflow/errors.ts";
import { newId } from "../workflow/ids.ts";
import { PARAMETER_DEFAULTS } from "../workflow/plan/rules.ts";
import { hint } from "../workflow/plan/suggest.ts";
import type { ToolLibrary } from "../workflow/ports/tool-library.ts";
import { executeTool } from "../workflow/tool-execution.ts";
import { PassageNumbers } from "../workflow/tool-passages.ts";
import type { LazyToolLoader, ToolEntry } from "./lazy-tool-loader.ts";

function toInfo({ name, description, parameters, policy, origin }: ToolEntry): ToolInfo {
  return { name, description, parameters: { ...parameters }, ...policy, origin };
}

export class LoadedToolLibrary implements ToolLibrary {
  readonly #tools: LazyToolLoader;

  constructor(tools: LazyToolLoader) {
    this.#tools = tools;
  }

  list(): ToolInfo[] {
    return this.#tools.entries.map(toInfo).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async call(
    userId: string,
    name: string,
    args: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<ToolCallAnswer> {
    const [tool] = this.#tools.has(name) ? await this.#tools.load([name], signal) : [];
    if (!tool) throw new NotFoundError(`Tool "${name}"`, hint(name, this.#tools.names));
    const toolCallId = newId("call");
    const since = performance.now();
    const { sources: _, ...outcome } = await executeTool(tool, args, {
      context: {
        userId,
        conversationId: null,
        runId: null,
        toolCallId,
        allowedTools: null,
        ask: null,
      },
      timeoutMs: PARAMETER_DEFAULTS.tool_timeout * 1000,
      passages: new PassageNumbers(),
      signal,
    });
    const duration_ms = Math.round(performance.now() - since);
    return { tool_call_id: toolCallId, name, ...outcome, duration_ms };
  }
}
