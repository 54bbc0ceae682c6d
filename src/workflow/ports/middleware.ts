/** The port of middleware: code around a run. */
import type { WorkflowEvent } from "../../contract/events.ts";
import type { RunPlan } from "../../contract/runs.ts";
import type { ConversationState } from "../state.ts";

/** What a middleware knows of the run it surrounds. */
export interface RunContext {
  readonly runId: string;
  /** 1, or more where earlier attempts died with their server. */
  readonly attempt: number;
  readonly plan: RunPlan;
  readonly signal: AbortSignal;
}

/** A run's events, and its final state when it has ended well. */
export type WorkflowStream = AsyncGenerator<WorkflowEvent, ConversationState, undefined>;

export interface Middleware {
  readonly name: string;

  /** Before the first step, in the order of registration. Returns the state to go on with; a throw ends the run. */
  before?(state: ConversationState, context: RunContext): Promise<ConversationState>;

  /**
   * After the last step of a run that ended well, in reverse order. Returns the state to end with;
   * a throw fails the run.
   */
  after?(state: ConversationState, context: RunContext): Promise<ConversationState>;

  /**
   * Around all steps: sees, changes, holds back or ends the stream of events. The first registered is the
   * outermost. A middleware without `wrap` costs nothing per token.
   */
  wrap?(
    state: ConversationState,
    context: RunContext,
    next: (state: ConversationState) => WorkflowStream,
  ): WorkflowStream;
}
