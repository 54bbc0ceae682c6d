/** Steps that the assemblers of all protocols take alike. */
import type { ModelDelta } from "../../workflow/ports/model.ts";

export type FinishReason = Extract<ModelDelta, { type: "finish" }>["reason"];

/** Appends a delta, unless there is nothing to show. */
export function pushText(out: ModelDelta[], type: "text" | "reasoning", text: string): void {
  if (text !== "") out.push({ type, text });
}

/**
 * Why the answer ended. Servers are careless with the reason when there are calls; one that nobody knows is an
 * ordinary end.
 */
export function finishReason(reported: FinishReason | undefined, calls: number): FinishReason {
  const reason = reported ?? "stop";
  if (reason === "stop" && calls > 0) return "tool_calls";
  return reason === "tool_calls" && calls === 0 ? "stop" : reason;
}
