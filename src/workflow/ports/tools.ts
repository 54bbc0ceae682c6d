/** The port of tools: functions that the model may call. */
import type { ToolDescription } from "./model.ts";

/** Who a tool works for; never part of anything that is cached. */
export interface ToolContext {
  readonly userId: string;
  readonly conversationId: string;
  readonly runId: string;
  /** The same when a later attempt makes the same call again. */
  readonly toolCallId: string;
}

export interface Tool extends ToolDescription {
  /**
   * Runs the tool and returns what the model is to read. Throws when it fails; the message goes to the model.
   * `signal` aborts when the run is cancelled or the tool's time is over: it must stop then.
   */
  execute(
    args: Readonly<Record<string, unknown>>,
    context: ToolContext,
    signal: AbortSignal,
  ): Promise<string>;
}

export interface ToolSource {
  /** Whether there is a tool of this name, whoever may call it. */
  has(name: string): boolean;
  /** Changes whenever the tool changes; known without loading it. Empty for a tool that does not exist. */
  version(name: string): string;
  /**
   * The tools of these names, in this order. Called once a run, before the first model call.
   * Throws a `WorkflowConfigurationError` that names the ones that do not exist or could not be loaded.
   */
  load(names: readonly string[], signal: AbortSignal): Promise<readonly Tool[]>;
}
