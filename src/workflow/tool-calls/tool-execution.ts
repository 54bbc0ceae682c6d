/** One call of one tool, within its limits; who may call it has been found out before. */
import type { ToolResultStatus } from "../../contract/tools.ts";
import type { Tool, ToolContext, ToolSources } from "../ports/tools.ts";
import { type BoundedOutput, boundOutput } from "./tool-output.ts";
import type { PassageNumbers } from "./tool-passages.ts";

/** How a call ended, and what it brought. */
export type ToolOutcome = BoundedOutput & {
  readonly status: ToolResultStatus;
  readonly sources?: ToolSources;
};

/** What a call is made with, beside its tool and arguments. */
export interface ToolCallSettings {
  readonly context: ToolContext;
  readonly timeoutMs: number;
  readonly passages: PassageNumbers;
  readonly signal: AbortSignal;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Calls a tool. Wrong arguments, a failure and a time-out are outcomes, each in words for whoever called. Throws the
 * reason of the signal when it aborts, whether the tool heeds it or not.
 */
export async function executeTool(
  tool: Tool,
  args: Readonly<Record<string, unknown>>,
  { context, timeoutMs, passages, signal: outer }: ToolCallSettings,
): Promise<ToolOutcome> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([outer, timeout]);
  // A tool that ignores its signal must not hold up the run.
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  // Where a tool throws before the race begins, nobody else handles this.
  stopped.catch(() => undefined);
  try {
    signal.throwIfAborted();
    const returned = await Promise.race([tool.execute(args, context, signal), stopped]);
    const { sources, ...output } = passages.number(returned);
    return { status: "ok", ...boundOutput(output, tool), ...(sources && { sources }) };
  } catch (error) {
    outer.throwIfAborted();
    return timeout.aborted
      ? { status: "timeout", content: `The tool did not answer within ${timeoutMs / 1000} s.` }
      : { status: "error", ...boundOutput(`The tool failed: ${messageOf(error)}`, tool) };
  }
}
