/** The port of runs: who runs what, and how each came to its end. */
import type { Usage } from "../../../contract/messages.ts";
import type { Problem } from "../../../contract/problems.ts";
import type { EndStatus, Run, RunPlan, RunStatus } from "../../../contract/runs.ts";
import type { PageOf, PageRequest } from "../page.ts";
import type { Fence } from "./fence.ts";

/**
 * Why a run that waited for a person goes on: somebody has decided, nobody did in time, or it is to stop. Null: its
 * newest attempt has another cause.
 */
export type RestartCause = "decision" | "expiry" | "stop";

/** Why a run is to stop before its time. */
export type StopReason = "cancel" | "interrupt" | "rollback";

export interface StoredRun extends Run {
  readonly owner_id: string;
  readonly branch_id: string;
  /** The instance that runs it; null when nobody does. */
  readonly instance_id: string | null;
  /** Attempts that ended with the death of their instance. */
  readonly crashes: number;
  /** True for a run that gives another answer to a message it did not bring. */
  readonly regenerates: boolean;
  readonly stop: StopReason | null;
  readonly restart: RestartCause | null;
  /** The number of its last event; 0 until it has ended. */
  readonly last_seq: number;
}

/** A new run, and whether it begins at once. */
export interface NewRun {
  readonly id: string;
  readonly owner_id: string;
  readonly conversation_id: string;
  readonly user_message_id: string;
  readonly branch_id: string;
  readonly regenerates: boolean;
  readonly plan: RunPlan;
  /** The instance that takes it at once as attempt 1; null leaves it queued. */
  readonly instance_id: string | null;
}

export interface RunEnd {
  readonly status: EndStatus;
  readonly message_id: string | null;
  readonly usage: Usage;
  readonly error: Problem | null;
  readonly last_seq: number;
}

export interface RunStore {
  insert(run: NewRun): Promise<StoredRun>;
  get(ownerId: string, id: string): Promise<StoredRun | null>;
  /** Newest first. */
  list(
    ownerId: string,
    page: PageRequest & {
      conversation_id?: string | undefined;
      status?: RunStatus | undefined;
    },
  ): Promise<PageOf<StoredRun>>;
  /** Runs of a conversation that are queued, running or waiting, in the order of their user messages. */
  underWay(ownerId: string, conversationId: string): Promise<StoredRun[]>;
  /** Like `get`, and holds back others who lock it or write under its fence until the transaction ends. */
  lock(ownerId: string, id: string): Promise<StoredRun | null>;
  /**
   * Asks a run to stop; a reason that is there already stays. One that waits for a person goes on, to end. False when it
   * has ended.
   */
  requestStop(ownerId: string, id: string, reason: StopReason): Promise<boolean>;

  /** Queued runs whose branch is free and whose user message comes first on it, oldest first. */
  claimable(limit: number): Promise<StoredRun[]>;
  /** Takes a queued run as the next attempt; null when somebody else did, or the branch is not free. */
  claim(id: string, instanceId: string): Promise<StoredRun | null>;
  /** Running runs whose instance is gone. */
  orphans(limit: number): Promise<StoredRun[]>;
  /** Running runs that this instance holds in the store, but for the ones named in `here`. */
  strays(instanceId: string, here: readonly string[], limit: number): Promise<StoredRun[]>;
  /** Takes over an orphan or a stray as the next attempt; null when somebody else did. */
  takeOver(orphan: StoredRun, instanceId: string): Promise<StoredRun | null>;
  /** Gives a running run back, to be taken up by any instance. */
  release(fence: Fence): Promise<void>;
  /**
   * Gives a running run back, to wait until a person has decided about its calls; `usage` is what it has used so far. One
   * that somebody has asked to stop does not wait, but is to be taken up again. False when it is no longer ours.
   */
  park(fence: Fence, usage: Usage): Promise<boolean>;
  /** Lets a run that waits go on, taken up by any instance, unless a person is still asked; then false. */
  resume(id: string, cause: RestartCause): Promise<boolean>;
  /** Ends a run; false when it is no longer ours, and then nothing was written. */
  finish(fence: Fence, end: RunEnd): Promise<boolean>;
  /** Ends a run that never started, as its first attempt; false when it is no longer queued. */
  finishQueued(id: string, instanceId: string, end: RunEnd): Promise<boolean>;
  /** Of these runs, those which somebody asked to stop. */
  stopRequests(ids: readonly string[]): Promise<{ id: string; stop: StopReason }[]>;
}
