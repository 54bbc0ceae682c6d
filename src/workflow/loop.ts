/** Model and tools in turn, until the model answers without asking for a tool. */
import type { WorkflowEvent } from "../contract/events.ts";
import type { AnsweredToolCall } from "../contract/messages.ts";
import { canonical } from "./canonical.ts";
import { WorkflowConfigurationError } from "./errors.ts";
import type { Execution } from "./execution.ts";
import { callModel, type ModelTurn } from "./model.ts";
import type { WorkflowStream } from "./ports/middleware.ts";
import type { RecordedTurn } from "./ports/store.ts";
import type { Tool } from "./ports/tools.ts";
import type { ConversationState } from "./state.ts";
import { stepError, stepFinished, stepStarted } from "./steps.ts";
import { answerToolCalls } from "./tool-calls.ts";

/**
 * So many turns with the same calls and the same results are no progress. Twice is an honest repeat, and the same
 * call with another result is one however often.
 */
const STALLED_TURNS = 3;

/**
 * Each step of a workflow that uses tools numbers its turns from a multiple of this: so a later attempt knows which
 * step a recorded turn belongs to. No step has more, for no run may make as many calls.
 */
export const TURNS_A_STEP = 1000;

/** The tools that this run may call, by name. */
export async function loadTools({
  plan,
  ports,
  signal,
}: Execution): Promise<ReadonlyMap<string, Tool>> {
  if (!plan.tools) return new Map();
  if (!ports.tools) {
    throw new WorkflowConfigurationError(
      `The ${plan.workflow} workflow needs tools, and this server has none.`,
      { workflowType: plan.workflow, missingParameter: "tools" },
    );
  }
  const tools = await ports.tools.load(plan.tools.names, signal);
  return new Map(tools.map((tool) => [tool.name, tool]));
}

/** The messages that a turn with tool calls adds: what the model said, and an answer to each of its calls. */
function withToolTurn(
  state: ConversationState,
  turn: ModelTurn,
  answered: readonly AnsweredToolCall[],
): ConversationState {
  return {
    ...state,
    tool_calls: [...state.tool_calls, ...answered],
    messages: [
      ...state.messages,
      { role: "assistant", content: turn.content, tool_calls: turn.calls },
      ...answered.map(({ tool_call_id, content }) => ({
        role: "tool" as const,
        tool_call_id,
        content: content ?? "",
      })),
    ],
  };
}

/** A turn of the model with the calls it asked for, its number in the run, and what earlier attempts know of it. */
interface NumberedTurn {
  readonly index: number;
  readonly turn: ModelTurn;
  readonly answers: RecordedTurn["answers"];
}

/** Answers the calls of one turn; returns the state with them. */
export async function* useTools(
  state: ConversationState,
  { index, turn, answers }: NumberedTurn,
  tools: ReadonlyMap<string, Tool>,
  execution: Execution,
): AsyncGenerator<WorkflowEvent, ConversationState, undefined> {
  const { plan, ports, signal, meter, runId } = execution;
  const since = performance.now();
  yield stepStarted("tools");
  try {
    const answered = yield* answerToolCalls(turn.calls, {
      tools,
      exists: (name) => ports.tools?.has(name) ?? false,
      remaining: (plan.tools?.max_tool_calls ?? 0) - state.tool_calls.length,
      timeoutMs: plan.tools?.tool_timeout_ms ?? 0,
      context: { userId: state.user_id, conversationId: state.conversation_id, runId },
      signal,
      answers,
      save: (call, answer) => ports.turns.saveResult(index, call, answer),
    });
    yield stepFinished("tools", since);
    const next = withToolTurn(state, turn, answered);
    meter.usage = { ...meter.usage, tool_calls: next.tool_calls.length };
    return next;
  } catch (error) {
    throw stepError("tools", error, signal);
  }
}

/** Shows again what earlier attempts did, and does what they left undone; no model is asked and no tool run twice. */
async function* repeatTurns(
  state: ConversationState,
  recorded: readonly RecordedTurn[],
  tools: ReadonlyMap<string, Tool>,
  execution: Execution,
): AsyncGenerator<WorkflowEvent, ConversationState, undefined> {
  let current = state;
  for (const { turn: index, content, calls, answers } of recorded) {
    if (content !== "") yield { type: "token", content, node: "model" };
    const turn = { content, calls };
    current = yield* useTools(current, { index, turn, answers }, tools, execution);
  }
  return current;
}

/** What earlier attempts did in one step of the workflow. */
async function recordedTurns(
  { plan, ports, attempt }: Execution,
  step: number,
): Promise<readonly RecordedTurn[]> {
  if (!plan.tools || attempt === 1) return [];
  const recorded = await ports.turns.read();
  return recorded.filter(({ turn }) => Math.floor(turn / TURNS_A_STEP) === step);
}

/** Finds out when turns repeat themselves. */
class Progress {
  #last = "";
  #times = 0;

  /** Takes the answers of one turn; true when nothing has changed for too long. */
  stalled(answered: readonly AnsweredToolCall[]): boolean {
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
 * themselves, the model is called once more with no tools bound, so that it must answer. `step` counts the steps of
 * the workflow that use tools, from 0.
 */
export async function* converse(
  initial: ConversationState,
  execution: Execution,
  step = 0,
): WorkflowStream {
  const { plan, ports, compiled } = execution;
  const tools = await loadTools(execution);
  const limit = plan.tools?.max_tool_calls ?? 0;
  const recorded = await recordedTurns(execution, step);
  let state = yield* repeatTurns(initial, recorded, tools, execution);
  let forced: keyof typeof UNANSWERED | null = null;
  const progress = new Progress();
  for (let index = step * TURNS_A_STEP + recorded.length; ; index++) {
    if (state.tool_calls.length >= limit && limit > 0) forced ??= "limit";
    const turn = yield* callModel(state, execution, forced ? [] : compiled.tools);
    if (turn.calls.length === 0 || forced !== null || limit === 0) {
      const silent = turn.content.trim() === "" && state.tool_calls.length > 0;
      if (silent && forced === null) {
        forced = "silent";
        continue;
      }
      const content = silent && forced !== null ? UNANSWERED[forced] : turn.content;
      if (silent) yield { type: "token", content, node: "model" };
      return { ...state, messages: [...state.messages, { role: "assistant", content }] };
    }
    await ports.turns.saveTurn(index, turn.content, turn.calls);
    const before = state.tool_calls.length;
    state = yield* useTools(state, { index, turn, answers: new Map() }, tools, execution);
    if (progress.stalled(state.tool_calls.slice(before))) forced = "stalled";
  }
}
