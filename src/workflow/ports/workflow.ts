/** What a workflow gets to work with. */
import type { ToolCall, Usage } from "../../contract/messages.ts";
import type { ModelRef } from "../../contract/profiles.ts";
import type { Memory } from "./memory.ts";
import type { Retriever } from "./retrieval.ts";
import type { RecordedTurn } from "./store.ts";
import type { ToolAnswer, ToolSource } from "./tools.ts";

/** Keeps count of what a run uses, also when it ends in an error half-way. */
export interface UsageMeter {
  usage: Usage;
  /** Who gave the last answer, where it was not the plan's own model. */
  answeredBy: ModelRef | null;
}

/** The tool turns of one run: each is kept before anybody sees it, so that no later attempt does it again. */
export interface TurnRecord {
  /** The turns of this run in order; before the first one of this attempt, what earlier attempts did. */
  read(): Promise<readonly RecordedTurn[]>;
  /** Durable when it resolves. Throws the reason of the run's end when the run is no longer ours. */
  saveTurn(turn: number, content: string, calls: readonly ToolCall[]): Promise<void>;
  /** `call` is the place of the call in its turn. Throws as `saveTurn` does. */
  saveResult(turn: number, call: number, result: ToolAnswer): Promise<void>;
}

/** The collaborators of one run beside its compiled workflow; the plan says which of them it needs. */
export interface WorkflowPorts {
  readonly memory: Memory;
  /** Null where nothing can be retrieved; a plan with retrieval then fails. */
  readonly retriever: Retriever | null;
  /** Null where there are no tools; a plan with tools then fails. */
  readonly tools: ToolSource | null;
  readonly turns: TurnRecord;
  /** Hears of a failure that the run goes on without: of a summary, or of a search. */
  readonly onSetback: (error: unknown) => void;
}
