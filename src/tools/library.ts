/** Tools as clients see them: described as runs get them, and called within the limits that runs have. */
import type { ToolCall } from "../contract/messages.ts";
import type { ToolCallAnswer, ToolInfo } from "../contract/tools.ts";
import { argumentsHash } from "../workflow/tool-calls/arguments-hash.ts";
import { NotFoundError } from "../workflow/errors.ts";
import { newId } from "../workflow/ids.ts";
import { PARAMETER_DEFAULTS } from "../workflow/plan/rules.ts";
import { hint } from "../workflow/plan/suggest.ts";
import type { ManualCallStore } from "../workflow/ports/stores/manual-calls.ts";
import type { ToolLibrary } from "../workflow/ports/tool-library.ts";
import { policyOf, type Tool } from "../workflow/ports/tools.ts";
import { executeTool } from "../workflow/tool-calls/tool-execution.ts";
import { PassageNumbers } from "../workflow/tool-calls/tool-passages.ts";
import type { LazyToolLoader, ToolEntry } from "./lazy-tool-loader.ts";

function toInfo({ name, description, parameters, policy, origin }: ToolEntry): ToolInfo {
  return { name, description, parameters: { ...parameters }, ...policy, origin };
}

export class LoadedToolLibrary implements ToolLibrary {
  readonly #tools: LazyToolLoader;
  readonly #calls: ManualCallStore;

  /** `calls` records what is called, and how that ended. */
  constructor(tools: LazyToolLoader, calls: ManualCallStore) {
    this.#tools = tools;
    this.#calls = calls;
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
    await this.#begin(userId, { tool_call_id: toolCallId, name, arguments: args }, tool);
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
    await this.#calls.finish(userId, toolCallId, outcome.status);
    return { tool_call_id: toolCallId, name, ...outcome, duration_ms };
  }

  /** Before the tool is called: nobody could say afterwards what a call has done that no record has. */
  async #begin(userId: string, call: ToolCall, tool: Tool): Promise<void> {
    const { effect } = policyOf(tool);
    await this.#calls.begin(userId, { ...call, effect, hash: await argumentsHash(call) });
  }
}
