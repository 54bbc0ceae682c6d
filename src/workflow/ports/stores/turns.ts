/** The port of tool turns: what the attempts of a run have said and done so far. */
import type { ToolCall } from "../../../contract/messages.ts";
import type { ToolAnswer, ToolSources } from "../tools.ts";
import type { Fence } from "./fence.ts";

/** What a run itself has looked up, as its model has read it and under the numbers that it may have cited. */
export interface RecordedSearch {
  readonly query: string;
  readonly text: string;
  readonly sources: ToolSources;
}

/** A turn in which a model asked for tools, and the answers that its calls have got so far, by their place. */
export interface RecordedTurn {
  /** Its number in the run. */
  readonly turn: number;
  readonly content: string;
  readonly calls: readonly ToolCall[];
  /** Whether text that others wrote was before the model when it said this. */
  readonly untrusted: boolean;
  readonly answers: ReadonlyMap<number, ToolAnswer>;
  /** What was looked up since the turn before. */
  readonly searches: readonly RecordedSearch[];
}

/** The tool turns of runs under way: what a later attempt must not do again. */
export interface TurnStore {
  /** The turns of a run, in their order. */
  read(runId: string): Promise<RecordedTurn[]>;
  /**
   * Records a turn that nothing of is answered yet, in the place of an earlier one with its number, whose searches it
   * keeps where it has none of its own. False when the run is no longer ours; then nothing was written. Until its transaction ends, nobody takes the run over.
   */
  saveTurn(
    fence: Fence,
    turn: number,
    content: string,
    calls: readonly ToolCall[],
    untrusted: boolean,
    searches?: readonly RecordedSearch[],
  ): Promise<boolean>;
  /** `call` is its place in the turn. False and no take-over as with `saveTurn`. */
  saveResult(fence: Fence, turn: number, call: number, result: ToolAnswer): Promise<boolean>;
  /** Forgets the turns of a run that has ended. */
  clear(runId: string): Promise<void>;
}
