/** The port of tool calls by hand: one record of each that a person makes outside of any run. It stays. */
import type { ToolCall } from "../../../contract/messages.ts";
import type { ToolEffect, ToolResultStatus } from "../../../contract/tools.ts";

/** What is recorded of a call from the beginning. */
export interface ManualCall extends ToolCall {
  readonly effect: ToolEffect;
  /** `argumentsHash` of the call. */
  readonly hash: string;
}

/** The records of calls by hand. One without an end was given up by whoever called, or died with its server. */
export interface ManualCallStore {
  /** Records a call that is about to be made. Durable when it resolves. */
  begin(ownerId: string, call: ManualCall): Promise<void>;
  /** Records how a call ended. */
  finish(ownerId: string, toolCallId: string, status: ToolResultStatus): Promise<void>;
  /** Forgets the arguments of calls that began before `time` (milliseconds); returns of how many. */
  prune(time: number): Promise<number>;
}
