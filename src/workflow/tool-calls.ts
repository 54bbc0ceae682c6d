/** The tools step: every call that the model asked for gets exactly one answer. */
import type { WorkflowEvent } from "../contract/events.ts";
import type { ToolCall } from "../contract/messages.ts";
import { hint } from "./plan/suggest.ts";
import type { Tool, ToolAnswer, ToolContext } from "./ports/tools.ts";
import { executeTool, type ToolOutcome } from "./tool-execution.ts";
import type { PassageNumbers } from "./tool-passages.ts";

/** How many calls of one turn run at a time. */
export const PARALLEL_CALLS = 8;

/** What the calls of one model turn may use. */
export interface ToolTurn {
  /** The tools that this run may call. */
  readonly tools: ReadonlyMap<string, Tool>;
  /** Whether a tool exists that this run may not call. */
  readonly exists: (name: string) => boolean;
  /** How many calls the run may still make; the rest are answered with `limit`. */
  readonly remaining: number;
  readonly timeoutMs: number;
  readonly context: Omit<ToolContext, "toolCallId">;
  /** Numbers what the calls find. */
  readonly passages: PassageNumbers;
  readonly signal: AbortSignal;
  /** Answers that an earlier attempt has got, by the place of their call: those tools do not run again. */
  readonly answers: ReadonlyMap<number, ToolAnswer>;
  /** Keeps an answer before anybody sees it. */
  readonly save: (call: number, answer: ToolAnswer) => Promise<void>;
}

/** Permission is looked at here, at each call: what the model was offered is no proof of what it may do. */
function refuse(name: string, turn: ToolTurn): ToolOutcome {
  if (turn.exists(name)) {
    return { status: "denied", content: `The tool "${name}" is not allowed in this conversation.` };
  }
  const content = `There is no tool "${name}"${hint(name, turn.tools.keys())}.`;
  return { status: "error", content };
}

async function execute(call: ToolCall, turn: ToolTurn): Promise<ToolOutcome> {
  const tool = turn.tools.get(call.name);
  if (!tool) return refuse(call.name, turn);
  const context = { ...turn.context, toolCallId: call.tool_call_id };
  return executeTool(tool, call.arguments, { ...turn, context });
}

const OVER_LIMIT: ToolOutcome = {
  status: "limit",
  content: "Not called: the limit of tool calls of this run is reached.",
};

async function answer(call: ToolCall, index: number, turn: ToolTurn): Promise<ToolAnswer> {
  const earlier = turn.answers.get(index);
  if (earlier) return earlier;
  const since = performance.now();
  const outcome = index < turn.remaining ? await execute(call, turn) : OVER_LIMIT;
  const duration_ms = Math.round(performance.now() - since);
  const answered = { ...call, ...outcome, duration_ms };
  await turn.save(index, answered);
  return answered;
}

/** The event of an answered call. */
export function toResultEvent({
  arguments: _,
  sources: _found,
  ...answered
}: ToolAnswer): WorkflowEvent {
  return {
    ...answered,
    type: "tool_result",
    status: answered.status ?? "error",
    content: answered.content ?? "",
    duration_ms: answered.duration_ms ?? 0,
  };
}

/**
 * Makes the calls of one model turn, `PARALLEL_CALLS` at a time. Yields `tool_call` for each, then each `tool_result`
 * as it comes, behind the `sources` that it has found; returns the answered calls in the order of the calls. Failing, unknown, denied and over-limit calls
 * count and are answered like any other. Throws the signal's reason when the run is cancelled.
 */
export async function* answerToolCalls(
  calls: readonly ToolCall[],
  turn: ToolTurn,
): AsyncGenerator<WorkflowEvent, ToolAnswer[], undefined> {
  for (const call of calls) yield { type: "tool_call", ...call };
  const answered: ToolAnswer[] = [];
  const pending = new Map<number, Promise<number>>();
  const waiting = calls.entries();
  const begin = (): void => {
    const next = waiting.next();
    if (next.done) return;
    const [index, call] = next.value;
    const work = answer(call, index, turn).then((result) => {
      answered[index] = result;
      return index;
    });
    pending.set(index, work);
  };
  for (let count = 0; count < PARALLEL_CALLS; count++) begin();
  try {
    while (pending.size > 0) {
      const index = await Promise.race(pending.values());
      pending.delete(index);
      begin();
      const result = answered[index];
      if (!result) continue;
      if (result.sources) yield result.sources;
      yield toResultEvent(result);
    }
  } finally {
    // Left early, by a throw or by the reader: what still runs has nobody else to fail to.
    for (const work of pending.values()) work.catch(() => undefined);
  }
  return answered;
}
