/** The port of middleware: code before a request is accepted, and around its run. */
import type { WorkflowEvent } from "../../contract/events.ts";
import type { LimitState } from "../../contract/limits.ts";
import type { RunPlan } from "../../contract/runs.ts";
import type { ConversationState } from "../state.ts";
import type { StoreTransaction } from "./store.ts";

/** A request that is planned, and not accepted yet: nothing of it is stored. */
export interface AdmissionRequest {
  readonly userId: string;
  /** Null when the request begins a conversation. */
  readonly conversationId: string | null;
  /** Frozen. */
  readonly plan: RunPlan;
  /** What the user says: the new message, or the one that is to be answered again. */
  readonly message: string;
}

/** What an admission leaves behind. */
export interface Admission {
  /** Where the user stands now; shown to the client as headers. */
  readonly limits?: readonly LimitState[];
  /**
   * Gives back what the admission took elsewhere. Called at most once, when a later middleware or the store refuses the
   * request, or when it turns out to be the replay of an earlier one. A throw is logged and changes nothing else.
   */
  readonly undo?: () => Promise<void>;
}

/** What a middleware knows of the run it surrounds; the same object for all hooks of one attempt. */
export interface RunContext {
  readonly runId: string;
  /** 1, or more where earlier attempts died with their server. */
  readonly attempt: number;
  readonly plan: RunPlan;
  readonly signal: AbortSignal;
}

/** A run's events, and its final state when it has ended well. */
export type WorkflowStream = AsyncGenerator<WorkflowEvent, ConversationState, undefined>;

/** Code around runs. One object serves all of them, many at a time. */
export interface Middleware {
  readonly name: string;

  /**
   * Before a request is accepted, in the order of registration, once for a request however many attempts its
   * run needs. A throw refuses it: the client gets the error in place of a stream, and nothing is stored.
   * Requests that are known to be replays of an Idempotency-Key are not asked about.
   */
  admit?(request: AdmissionRequest): Promise<Admission | void>;

  /**
   * In the transaction that stores an admitted request, as its last words, in the order of registration: what is counted
   * here is undone with the request, and holds over all instances. Returns where the user stands now, which the client
   * sees as headers. A throw refuses the request. It must touch nothing but `tx`: others wait for it. No replay comes here.
   */
  charge?(request: AdmissionRequest, tx: StoreTransaction): Promise<readonly LimitState[]>;

  /** Before the first step, in the order of registration. Returns the state to go on with; a throw ends the run. */
  before?(state: ConversationState, context: RunContext): Promise<ConversationState>;

  /**
   * After the last step of a run that ended well, in reverse order. Returns the state to end with;
   * a throw fails the run.
   */
  after?(state: ConversationState, context: RunContext): Promise<ConversationState>;

  /**
   * Around all steps: sees, changes, holds back or ends the stream of events. The first registered is the
   * outermost. A middleware without `wrap` costs nothing per token. Whoever ends the stream before its end must
   * call its `return`, which closes the connection to the model.
   */
  wrap?(
    state: ConversationState,
    context: RunContext,
    next: (state: ConversationState) => WorkflowStream,
  ): WorkflowStream;
}
