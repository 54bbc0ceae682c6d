/** The port of tools as clients see them: what there is, and a way to try it. */
import type { ToolCallAnswer, ToolInfo } from "../../contract/tools.ts";

export interface ToolLibrary {
  /** All tools by name; none is made for it. */
  list(): ToolInfo[];
  /**
   * Calls a tool by hand, outside any conversation, with the time limit and the bounds that runs have; it is recorded
   * before the tool begins. What goes wrong in the tool is an answer. Throws a `NotFoundError` that names the nearest tool there is, a
   * `WorkflowConfigurationError` where the tool cannot be loaded, and the signal's reason when it aborts.
   */
  call(
    userId: string,
    name: string,
    args: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<ToolCallAnswer>;
}
