/** A run of a compiled workflow: the memory step, then the steps behind it with all middleware around them. */
import { askModel } from "./model.ts";
import type { Execution } from "./execution.ts";
import type { WorkflowStream } from "./ports/middleware.ts";
import type { Recall } from "./ports/memory.ts";
import type { ConversationState } from "./state.ts";
import { stepError, stepFinished, stepStarted } from "./steps.ts";
import { SUMMARY_TOKENS, summaryBudget } from "./memory/summary.ts";

/** Who and what a run is for; the rest of the state is filled in by its steps. */
export interface RunOrigin {
  readonly userId: string;
  readonly conversationId: string;
  readonly userMessageId: string;
  readonly branchId: string;
  readonly parentConversationId: string | null;
}

/** The state of a run before its first step. */
function initialState(origin: RunOrigin, { plan }: Execution): ConversationState {
  return {
    messages: [],
    user_id: origin.userId,
    conversation_id: origin.conversationId,
    retrieval_context: null,
    tool_calls: [],
    metadata: plan.metadata,
    conversation_summary: null,
    parent_conversation_id: origin.parentConversationId,
    branch_id: origin.branchId,
    memory_context: null,
    workflow_template: plan.workflow_template,
    a_b_test_group: plan.a_b_test_group,
  };
}

/** Making a summary before the first token may take so long, in milliseconds; then the run goes on without. */
const SUMMARY_MS = 30_000;

/** Recalls the branch. Where far more than a window is in no summary, one is made first. */
async function recall(origin: RunOrigin, execution: Execution): Promise<Recall> {
  const { ports, plan, signal } = execution;
  const query = {
    userId: origin.userId,
    conversationId: origin.conversationId,
    leafId: origin.userMessageId,
    window: plan.memory_window,
  };
  const recalled = await ports.memory.recall({ ...query, summarised: plan.enable_memory });
  if (!recalled.overdue) return recalled;
  const limited = AbortSignal.any([signal, AbortSignal.timeout(SUMMARY_MS)]);
  try {
    await ports.memory.refresh({ ...query, promptTokens: summaryBudget(plan) }, (messages) =>
      askModel(messages, { ...execution, signal: limited }, SUMMARY_TOKENS),
    );
  } catch (error) {
    signal.throwIfAborted();
    ports.onSetback(error);
    return recalled;
  }
  return ports.memory.recall({ ...query, summarised: true });
}

async function* remember(
  state: ConversationState,
  origin: RunOrigin,
  execution: Execution,
): WorkflowStream {
  const since = performance.now();
  yield stepStarted("memory");
  try {
    const { messages, summary, summarisedUntil, untrusted } = await recall(origin, execution);
    execution.meter.untrusted ||= untrusted;
    yield stepFinished("memory", since);
    return {
      ...state,
      messages,
      conversation_summary: summary,
      memory_context: {
        window: execution.plan.memory_window,
        messages: messages.length,
        summarised_until: summarisedUntil,
        untrusted,
      },
    };
  } catch (error) {
    throw stepError("memory", error, execution.signal);
  }
}

/**
 * Runs a plan. Yields the run's events as they happen and returns its final state; the execution's meter holds the
 * usage at any time, also after a throw. Throws the error of the step that failed, or the signal's reason.
 */
export async function* runWorkflow(origin: RunOrigin, execution: Execution): WorkflowStream {
  const state = yield* remember(initialState(origin, execution), origin, execution);
  return yield* execution.compiled.steps(state, execution);
}
