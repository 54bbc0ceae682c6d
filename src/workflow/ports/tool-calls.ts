/** The port of tool calls, as the steps of one run record them. */
import type { CallFacts, RecordedCall } from "./stores/tool-calls.ts";
import type { ToolAnswer } from "./tools.ts";

/** The calls of one run, for its steps. Methods that write throw the reason of the run's end when it is no longer ours. */
export interface CallRecord {
  /** What earlier attempts have come to. */
  read(): Promise<readonly RecordedCall[]>;
  /** Durable when it resolves with true; false: the call must not run. See `ToolCallStore.begin`. */
  begin(facts: CallFacts, approved: boolean): Promise<boolean>;
  /** Ends this attempt, to wait for a person; the next one goes on with what was decided. Always throws. */
  ask(calls: readonly CallFacts[]): Promise<never>;
}

/** A call that has its answer, with what is recorded of it. */
export interface CallOutcome {
  readonly facts: CallFacts;
  readonly answer: ToolAnswer;
  readonly startedAt: number | null;
}
