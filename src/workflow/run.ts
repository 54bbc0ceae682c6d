/**
 * The run loop that carries all four workflows: memory, retrieve, then model and tools in turn until the model
 * answers without asking for a tool. `plan.retrieval` and `plan.tools` are its two flags.
 */
import type { WorkflowEvent } from "../contract/events.ts";
import { WorkflowConfigurationError } from "./errors.ts";
import { composeMiddleware } from "./middleware.ts";
import { callModel, type ModelTurn } from "./model.ts";
import type { RunContext, WorkflowStream } from "./ports/middleware.ts";
import type { Tool } from "./ports/tools.ts";
import type { UsageMeter, WorkflowPorts } from "./ports/workflow.ts";
import { retrieve } from "./retrieve.ts";
import type { AnsweredToolCall, ConversationState } from "./state.ts";
import { stepError, stepFinished, stepStarted } from "./steps.ts";
import { answerToolCalls } from "./tool-calls.ts";

/** Who and what a run is for; the rest of the state is filled in by its steps. */
export interface RunOrigin {
  readonly userId: string;
  readonly conversationId: string;
  readonly userMessageId: string;
  readonly branchId: string;
  readonly parentConversationId: string | null;
}

/** The state of a run before its first step. */
function initialState(origin: RunOrigin, context: RunContext): ConversationState {
  return {
    messages: [],
    user_id: origin.userId,
    conversation_id: origin.conversationId,
    retrieval_context: null,
    tool_calls: [],
    metadata: context.plan.metadata,
    conversation_summary: null,
    parent_conversation_id: origin.parentConversationId,
    branch_id: origin.branchId,
    memory_context: {},
    workflow_template: context.plan.workflow_template,
    a_b_test_group: null,
  };
}

async function* remember(
  state: ConversationState,
  origin: RunOrigin,
  context: RunContext,
  ports: WorkflowPorts,
): WorkflowStream {
  const since = performance.now();
  yield stepStarted("memory");
  try {
    const { messages, summary } = await ports.memory.recall({
      userId: origin.userId,
      conversationId: origin.conversationId,
      userMessageId: origin.userMessageId,
      window: context.plan.memory_window,
    });
    yield stepFinished("memory", since);
    return {
      ...state,
      messages,
      conversation_summary: summary,
      memory_context: { window: context.plan.memory_window, messages: messages.length },
    };
  } catch (error) {
    throw stepError("memory", error, context.signal);
  }
}

async function loadTools(context: RunContext, ports: WorkflowPorts): Promise<readonly Tool[]> {
  const { plan, signal } = context;
  if (!plan.tools) return [];
  if (!ports.tools) {
    throw new WorkflowConfigurationError(
      `The ${plan.workflow} workflow needs tools, and this server has none.`,
      { workflowType: plan.workflow, missingParameter: "tools" },
    );
  }
  return ports.tools.load(plan.tools.names, signal);
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
        content,
      })),
    ],
  };
}

async function* useTools(
  state: ConversationState,
  turn: ModelTurn,
  tools: readonly Tool[],
  context: RunContext,
): AsyncGenerator<WorkflowEvent, ConversationState, undefined> {
  const since = performance.now();
  const limits = context.plan.tools;
  yield stepStarted("tools");
  try {
    const answered = yield* answerToolCalls(turn.calls, {
      tools: new Map(tools.map((tool) => [tool.name, tool])),
      remaining: (limits?.max_tool_calls ?? 0) - state.tool_calls.length,
      timeoutMs: limits?.tool_timeout_ms ?? 0,
      context: {
        userId: state.user_id,
        conversationId: state.conversation_id,
        runId: context.runId,
      },
      signal: context.signal,
    });
    yield stepFinished("tools", since);
    return withToolTurn(state, turn, answered);
  } catch (error) {
    throw stepError("tools", error, context.signal);
  }
}

async function* converse(
  initial: ConversationState,
  context: RunContext,
  ports: WorkflowPorts,
  meter: UsageMeter,
): WorkflowStream {
  const tools = await loadTools(context, ports);
  const limit = context.plan.tools?.max_tool_calls ?? 0;
  let state = initial;
  for (;;) {
    // On the limit the model is called once more with no tools bound, so that it must answer.
    const bound = state.tool_calls.length < limit ? tools : [];
    const turn = yield* callModel(state, context, ports.provider, bound, meter);
    if (turn.calls.length === 0 || bound.length === 0) {
      const answer = { role: "assistant" as const, content: turn.content };
      return { ...state, messages: [...state.messages, answer] };
    }
    state = yield* useTools(state, turn, tools, context);
    meter.usage = { ...meter.usage, tool_calls: state.tool_calls.length };
  }
}

/**
 * Runs a plan. Yields the run's events as they happen and returns its final state; `meter` holds the usage at
 * any time, also after a throw. Throws the error of the step that failed, or the signal's reason.
 */
export function runWorkflow(
  origin: RunOrigin,
  context: RunContext,
  ports: WorkflowPorts,
  meter: UsageMeter,
): WorkflowStream {
  const steps = composeMiddleware(ports.middleware, async function* (state, inner) {
    const retrieved = yield* retrieve(state, inner, ports.retriever);
    return yield* converse(retrieved, inner, ports, meter);
  });
  return (async function* () {
    const state = yield* remember(initialState(origin, context), origin, context, ports);
    return yield* steps(state, context);
  })();
}
