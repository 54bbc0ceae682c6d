/** What a workflow gets to work with. */
import type { ToolCall, Usage } from "../../contract/messages.ts";
import type { ModelRef } from "../../contract/profiles.ts";
import type { Memory } from "./memory.ts";
import type { Retriever } from "./retrieval.ts";
import type { RecordedSearch, RecordedTurn } from "./stores/turns.ts";
import type { CallOutcome, CallRecord } from "./tool-calls.ts";
import type { ToolSource } from "./tools.ts";

/** Keeps count of what a run uses, also when it ends in an error half-way. */
export interface UsageMeter {
  usage: Usage;
  /** Who gave the last answer, where it was not the plan's own model. */
  answeredBy: ModelRef | null;
  /** Whether text that others wrote was before the model at any time. */
  untrusted: boolean;
}

/** The tool turns of one run: each is kept before anybody sees it, so that no later attempt does it again. */
export interface TurnRecord {
  /** The turns of this run in order; before the first one of this attempt, what earlier attempts did. */
  read(): Promise<readonly RecordedTurn[]>;
  /**
   * Durable when it resolves. `untrusted`: text that others wrote was before the model when it said this. Throws the
   * reason of the run's end when the run is no longer ours.
   */
  saveTurn(
    turn: number,
    content: string,
    calls: readonly ToolCall[],
    untrusted: boolean,
  ): Promise<void>;
  /** Takes note of what the run has looked up; kept with the next turn that is saved, as no other reads it. */
  noteSearch(search: RecordedSearch): void;
  /** Keeps an answer, and records how the call ended. Throws as `saveTurn` does. */
  saveResult(outcome: CallOutcome): Promise<void>;
}

/** The collaborators of one run beside its compiled workflow; the plan says which of them it needs. */
export interface WorkflowPorts {
  readonly memory: Memory;
  /** Null where nothing can be retrieved; a plan with retrieval then fails. */
  readonly retriever: Retriever | null;
  /** Null where there are no tools; a plan with tools then fails. */
  readonly tools: ToolSource | null;
  readonly turns: TurnRecord;
  readonly calls: CallRecord;
  /** Hears of a failure that the run goes on without: of a summary, or of a search. */
  readonly onSetback: (error: unknown) => void;
}
