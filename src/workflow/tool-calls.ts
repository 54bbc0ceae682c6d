/** The tools step: every call that the model asked for gets exactly one answer. */
import type { WorkflowEvent } from "../contract/events.ts";
import type { ToolCall, ToolResultStatus } from "../contract/messages.ts";
import type { ToolContext, Tool } from "./ports/tools.ts";
import type { AnsweredToolCall } from "./state.ts";

/** What the calls of one model turn may use. */
export interface ToolTurn {
  readonly tools: ReadonlyMap<string, Tool>;
  /** How many calls the run may still make; the rest are answered with `limit`. */
  readonly remaining: number;
  readonly timeoutMs: number;
  readonly context: Omit<ToolContext, "toolCallId">;
  readonly signal: AbortSignal;
}

interface Outcome {
  readonly status: ToolResultStatus;
  readonly content: string;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function execute(call: ToolCall, turn: ToolTurn): Promise<Outcome> {
  const tool = turn.tools.get(call.name);
  if (!tool) {
    const known = [...turn.tools.keys()].join(", ");
    return { status: "error", content: `There is no tool "${call.name}". There are: ${known}.` };
  }
  const timeout = AbortSignal.timeout(turn.timeoutMs);
  const signal = AbortSignal.any([turn.signal, timeout]);
  // A tool that ignores its signal must not hold up the run.
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  // Where a tool throws before the race begins, nobody else handles this.
  stopped.catch(() => undefined);
  try {
    signal.throwIfAborted();
    const context = { ...turn.context, toolCallId: call.tool_call_id };
    const content = await Promise.race([tool.execute(call.arguments, context, signal), stopped]);
    return { status: "ok", content };
  } catch (error) {
    turn.signal.throwIfAborted();
    return timeout.aborted
      ? { status: "timeout", content: `The tool did not answer within ${turn.timeoutMs} ms.` }
      : { status: "error", content: `The tool failed: ${messageOf(error)}` };
  }
}

async function answer(
  call: ToolCall,
  turn: ToolTurn,
  permitted: boolean,
): Promise<{ call: AnsweredToolCall; event: WorkflowEvent }> {
  const since = performance.now();
  const outcome: Outcome = permitted
    ? await execute(call, turn)
    : { status: "limit", content: "Not called: the limit of tool calls of this run is reached." };
  const event: WorkflowEvent = {
    type: "tool_result",
    tool_call_id: call.tool_call_id,
    name: call.name,
    status: outcome.status,
    content: outcome.content,
    duration_ms: Math.round(performance.now() - since),
  };
  return { call: { ...call, ...outcome }, event };
}

/**
 * Makes the calls of one model turn, in parallel. Yields `tool_call` for each, then each `tool_result` as it
 * comes; returns the answered calls in the order of the calls. Failing, unknown and over-limit calls count and
 * are answered like any other. Throws the signal's reason when the run is cancelled.
 */
export async function* answerToolCalls(
  calls: readonly ToolCall[],
  turn: ToolTurn,
): AsyncGenerator<WorkflowEvent, AnsweredToolCall[], undefined> {
  for (const call of calls) yield { type: "tool_call", ...call };
  const pending = new Map(
    calls.map((call, index) => [
      index,
      answer(call, turn, index < turn.remaining).then((answered) => ({ index, ...answered })),
    ]),
  );
  const answered: AnsweredToolCall[] = [];
  while (pending.size > 0) {
    const { index, call, event } = await Promise.race(pending.values());
    pending.delete(index);
    answered[index] = call;
    yield event;
  }
  return answered;
}
