/** The turns of a run, in their order: what an earlier attempt has had, no later one asks for again. */
import type { WorkflowEvent } from "../contract/events.ts";
import { canonical } from "./canonical.ts";
import type { Execution } from "./execution.ts";
import { callModel, type ModelTurn } from "./model.ts";
import type { ToolDescription } from "./ports/model.ts";
import type { RecordedTurn } from "./ports/store.ts";
import type { ConversationState } from "./state.ts";
import { turnBreak } from "./turn-break.ts";

/** A turn of the model, its number in the run, and the answers to its calls that are there already. */
export interface NumberedTurn {
  readonly index: number;
  readonly turn: ModelTurn;
  readonly answers: RecordedTurn["answers"];
}

/** Ids differ each time a model is asked; what it asks for is the same. */
function sameCalls(one: ModelTurn, other: ModelTurn): boolean {
  const [first, second] = [one, other].map(({ calls }) =>
    canonical(calls.map(({ name, arguments: args }) => [name, args])),
  );
  return first === second;
}

export class TurnLog {
  readonly #execution: Execution;
  readonly #all: boolean;
  #recorded: Promise<readonly RecordedTurn[]> | null = null;
  #count = 0;

  /**
   * `all`: every turn is kept, for steps that may call the model in any order; otherwise those with calls, which is
   * enough where the first turn without calls is the last. Runs without tools keep nothing: they are free to repeat.
   */
  constructor(execution: Execution, all: boolean) {
    this.#execution = execution;
    this.#all = all;
  }

  /**
   * The next turn: the one that an earlier attempt has had in this place, shown again, or a new one of the model, kept
   * before anybody acts on it.
   */
  async *next(
    state: ConversationState,
    tools: readonly ToolDescription[],
  ): AsyncGenerator<WorkflowEvent, NumberedTurn, undefined> {
    const index = this.#count++;
    const earlier = await this.#earlier(index);
    if (earlier) {
      if (earlier.content !== "") {
        yield* turnBreak(state, earlier.content);
        yield { type: "token", content: earlier.content, node: "model" };
      }
      return numbered(index, earlier);
    }
    const turn = yield* callModel(state, this.#execution, tools);
    const acts = turn.calls.length > 0 && tools.length > 0;
    if (this.#all || acts) await this.#keep(index, turn);
    return { index, turn, answers: new Map() };
  }

  /** Takes up a turn that no model has said, with the answers that an earlier attempt has got for the same calls. */
  async add(turn: ModelTurn): Promise<NumberedTurn> {
    const index = this.#count++;
    const earlier = await this.#earlier(index);
    if (earlier && sameCalls(earlier, turn)) return numbered(index, earlier);
    await this.#keep(index, turn);
    return { index, turn, answers: new Map() };
  }

  async #earlier(index: number): Promise<RecordedTurn | null> {
    const { plan, attempt, ports } = this.#execution;
    if (!plan.tools || attempt === 1) return null;
    this.#recorded ??= ports.turns.read();
    return (await this.#recorded).find(({ turn }) => turn === index) ?? null;
  }

  async #keep(index: number, { content, calls }: ModelTurn): Promise<void> {
    const { plan, ports } = this.#execution;
    if (plan.tools) await ports.turns.saveTurn(index, content, calls);
  }
}

function numbered(index: number, { content, calls, answers }: RecordedTurn): NumberedTurn {
  return { index, turn: { content, calls }, answers };
}
