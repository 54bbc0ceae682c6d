/** Model and tools in turn, until the model answers without asking for a tool. */
import type { WorkflowEvent } from "../contract/events.ts";
import type { ToolCall } from "../contract/messages.ts";
import { needsPerson } from "./tool-calls/approval.ts";
import { canonical } from "./canonical.ts";
import type { Execution } from "./execution.ts";
import { askModel, type ModelTurn } from "./model.ts";
import type { WorkflowStream } from "./ports/middleware.ts";
import type { ToolAnswer } from "./ports/tools.ts";
import { RunTools } from "./tool-calls/run-tools.ts";
import type { ConversationState } from "./state.ts";
import { stepError, stepFinished, stepStarted } from "./steps.ts";
import { answerToolCalls } from "./tool-calls/tool-calls.ts";
import { PassageNumbers } from "./tool-calls/tool-passages.ts";
import { turnBreak } from "./turn-break.ts";
import { type NumberedTurn, TurnLog } from "./tool-calls/turn-log.ts";

/**
 * So many turns with the same calls and the same results are no progress. Twice is an honest repeat, and the same
 * call with another result is one however often.
 */
const STALLED_TURNS = 3;

function toCall({ tool_call_id, name, arguments: args }: ToolAnswer): ToolCall {
  return { tool_call_id, name, arguments: args };
}

/** The messages that a turn with tool calls adds: what the model said, and an answer to each of its calls. */
function withToolTurn(
  state: ConversationState,
  turn: ModelTurn,
  answered: readonly ToolAnswer[],
): ConversationState {
  return {
    ...state,
    tool_calls: [...state.tool_calls, ...answered],
    messages: [
      ...state.messages,
      // As they were run: a person may have changed their arguments.
      { role: "assistant", content: turn.content, tool_calls: answered.map(toCall) },
      ...answered.map(({ tool_call_id, content }) => ({
        role: "tool" as const,
        tool_call_id,
        content: content ?? "",
      })),
    ],
  };
}

/** Answers the calls of one turn; returns the state with them. Where a person has to agree first, it ends the attempt. */
export async function* useTools(
  state: ConversationState,
  numbered: NumberedTurn,
  tools: RunTools,
  execution: Execution,
): AsyncGenerator<WorkflowEvent, ConversationState, undefined> {
  const { index, turn, answers, recorded, untrusted } = numbered;
  const { plan, ports, signal, meter, runId } = execution;
  const remaining = (plan.tools?.max_tool_calls ?? 0) - state.tool_calls.length;
  const since = performance.now();
  yield stepStarted("tools");
  try {
    const answered = yield* answerToolCalls(turn.calls, {
      ...(await tools.forTurn(numbered, remaining)),
      exists: (name) => ports.tools?.has(name) ?? false,
      remaining,
      timeoutMs: plan.tools?.tool_timeout_ms ?? 0,
      context: {
        userId: state.user_id,
        documentIds: plan.retrieval?.document_ids ?? null,
        conversationId: state.conversation_id,
        runId,
        allowedTools: plan.tools?.names ?? [],
        ask: (messages, maxTokens, limited) =>
          askModel(messages, { ...execution, signal: limited }, maxTokens),
      },
      passages: PassageNumbers.after(state, answers.values()),
      signal,
      answers,
      recorded,
      index,
      needsPerson: (tool) => plan.tools === null || needsPerson(tool, plan.tools, untrusted),
      save: (outcome) => ports.turns.saveResult(outcome),
      record: ports.calls,
    });
    yield stepFinished("tools", since);
    const next = withToolTurn(state, turn, answered);
    meter.usage = { ...meter.usage, tool_calls: next.tool_calls.length };
    return next;
  } catch (error) {
    throw stepError("tools", error, signal);
  }
}

/** Finds out when turns repeat themselves. */
class Progress {
  #last = "";
  #times = 0;

  /** Takes the answers of one turn; true when nothing has changed for too long. */
  stalled(answered: readonly ToolAnswer[]): boolean {
    const turn = canonical(
      answered.map(({ name, arguments: args, status, content }) => [name, args, status, content]),
    );
    this.#times = turn === this.#last ? this.#times + 1 : 1;
    this.#last = turn;
    return this.#times >= STALLED_TURNS;
  }
}

/** Said in the model's place where it had to answer and did not: an answer is never empty. */
const UNANSWERED = {
  limit: "I could not finish this: the limit of tool calls for one answer is reached.",
  stalled: "I could not finish this: the tools kept giving the same results.",
  silent: "The tools were called, but the model gave no answer to their results.",
} as const;

/**
 * Converses until there is an answer, and returns the state with it. On the limit of calls, and when the turns repeat
 * themselves, the model is called once more with no tools bound, so that it must answer. What earlier attempts did is
 * shown again, and what they left undone is done; no model is asked and no tool run twice.
 */
export async function* converse(
  initial: ConversationState,
  execution: Execution,
  log: TurnLog = new TurnLog(execution, false),
  tools: RunTools = new RunTools(execution),
): WorkflowStream {
  const { plan } = execution;
  await tools.open();
  const limit = plan.tools?.max_tool_calls ?? 0;
  let state = initial;
  let forced: keyof typeof UNANSWERED | null = null;
  const progress = new Progress();
  for (;;) {
    if (state.tool_calls.length >= limit && limit > 0) forced ??= "limit";
    const numbered = yield* log.next(state, forced ? [] : await tools.bound(state));
    const { turn } = numbered;
    if (turn.calls.length === 0 || forced !== null || limit === 0) {
      const silent = turn.content.trim() === "" && state.tool_calls.length > 0;
      if (silent && forced === null) {
        forced = "silent";
        continue;
      }
      const content = silent && forced !== null ? UNANSWERED[forced] : turn.content;
      if (silent) {
        if (turn.content === "") yield* turnBreak(state, content);
        yield { type: "token", content, node: "model" };
      }
      return { ...state, messages: [...state.messages, { role: "assistant", content }] };
    }
    const before = state.tool_calls.length;
    state = yield* useTools(state, numbered, tools, execution);
    if (progress.stalled(state.tool_calls.slice(before))) forced = "stalled";
  }
}
