/**
 * The port of tool calls: one record of each call of a run. It says that a person is asked, what was decided, that the
 * call was begun, and how it ended. The record stays when the run has ended, and goes with its conversation.
 */
import type { Approval } from "../../../contract/approvals.ts";
import type { ToolCall } from "../../../contract/messages.ts";
import type { ToolEffect, ToolResultStatus } from "../../../contract/tools.ts";
import type { Fence } from "./fence.ts";

/** What was decided about a call; `expire`: nobody did in time. */
export type CallDecision = "approve" | "deny" | "expire";

/**
 * How far a call has come. `asked`: a person is to decide. `decided`: somebody has, and it was not begun. `begun`: it may
 * have taken effect. `answered`: it has its result. `withdrawn`: the run ended while a person was asked.
 */
export type CallState = "asked" | "decided" | "begun" | "answered" | "withdrawn";

/** A call in its place in a run, and what its record says of it from the beginning. */
export interface CallFacts extends ToolCall {
  readonly turn: number;
  /** Its place in the turn. */
  readonly call: number;
  /** Null for a tool that does not exist, or is not allowed. */
  readonly effect: ToolEffect | null;
  /** `argumentsHash` of the call. */
  readonly hash: string;
  /** When the model had asked for it, in milliseconds since 1970. */
  readonly requestedAt: number;
}

/** How a call ended; `startedAt` is null for one that was never begun. */
export interface CallEnd {
  readonly status: ToolResultStatus;
  readonly startedAt: number | null;
  readonly finishedAt: number;
}

/** What a later attempt must know of a call. */
export interface RecordedCall {
  readonly turn: number;
  readonly call: number;
  readonly state: CallState;
  readonly decision: CallDecision | null;
  readonly reason: string | null;
  /** What a person put in the place of the model's arguments; null: nothing. */
  readonly changedArguments: ToolCall["arguments"] | null;
  /** Of what may be run. */
  readonly hash: string;
}

/** What a person decides about a call. */
export interface CallVerdict {
  readonly decision: "approve" | "deny";
  readonly reason: string | null;
  /** Who decides: a key's id, or a user's. */
  readonly decidedBy: string;
  /** With `approve`: what is to be run instead, and its hash. */
  readonly changed: { readonly arguments: ToolCall["arguments"]; readonly hash: string } | null;
}

/** The records of tool calls. What a fence is given for is written only while its run is held by it. */
export interface ToolCallStore {
  /** The calls of a run, as far as their turns were not replaced by others. */
  read(runId: string): Promise<RecordedCall[]>;
  /**
   * Asks a person about calls until `expiresAt`; one that has a record already keeps it. False when the run is no longer
   * ours. Until its transaction ends, nobody takes the run over.
   */
  ask(fence: Fence, calls: readonly CallFacts[], expiresAt: number): Promise<boolean>;
  /**
   * Marks a call as begun. `approved`: a person had to agree, so that exactly this call must be approved and not begun;
   * otherwise it must have no record yet. `refused`: it is not so, and the call must not run. `lost`: the run is no longer
   * ours. Until its transaction ends, nobody takes the run over.
   */
  begin(fence: Fence, facts: CallFacts, approved: boolean): Promise<"begun" | "refused" | "lost">;
  /** Records the end of a call, in the transaction that has saved its result under the fence. */
  answer(runId: string, facts: CallFacts, end: CallEnd): Promise<void>;
  /** Puts the records of a turn aside: attempt `attempt` has another one in its place. */
  replaceTurn(runId: string, turn: number, attempt: number): Promise<void>;
  /** The calls of a run that a person was or is asked about, in their order. */
  approvals(ownerId: string, runId: string): Promise<Approval[]>;
  /**
   * Decides about the first open call of this id, unless its time is over. False when there is none. Lock the run first:
   * then of several who decide one comes first.
   */
  decide(
    ownerId: string,
    runId: string,
    toolCallId: string,
    verdict: CallVerdict,
  ): Promise<boolean>;
  /** Runs with an open call whose time is over, at most `limit`. */
  overdue(limit: number): Promise<{ runId: string; ownerId: string }[]>;
  /** Lets the open calls of a run expire whose time is over. Lock the run first. */
  expire(runId: string): Promise<void>;
  /** Withdraws the open calls of a run that ends. */
  withdraw(runId: string): Promise<void>;
  /** Forgets the arguments of calls of runs that ended before `time` (milliseconds); returns of how many calls. */
  prune(time: number): Promise<number>;
}
