/** The turns of a run, in their order: what an earlier attempt has had, no later one asks for again. */
import type { WorkflowEvent } from "../../contract/events.ts";
import { canonical } from "../canonical.ts";
import type { Execution } from "../execution.ts";
import { callModel, type ModelTurn } from "../model.ts";
import type { ToolDescription } from "../ports/model.ts";
import type { RecordedTurn } from "../ports/stores/turns.ts";
import type { RecordedCall } from "../ports/stores/tool-calls.ts";
import type { ConversationState } from "../state.ts";
import { isUntrusted } from "./taint.ts";
import { turnBreak } from "../turn-break.ts";

/** A turn of the model, its number in the run, and what earlier attempts have come to with its calls. */
export interface NumberedTurn {
  readonly index: number;
  readonly turn: ModelTurn;
  /**
   * Whether text that others wrote was before the model when it said this. What the calls of the turn bring is not: they
   * were asked for before.
   */
  readonly untrusted: boolean;
  /** The answers that are there already, by the place of their call. */
  readonly answers: RecordedTurn["answers"];
  /** What is recorded of its calls, by their place. */
  readonly recorded: ReadonlyMap<number, RecordedCall>;
}

interface Past {
  readonly turns: readonly RecordedTurn[];
  readonly calls: readonly RecordedCall[];
}

/**
 * Gives each call of a turn an id of its own. A model that gives one id to two calls would have one answer for both, and
 * a person who approves the one could be taken to approve the other.
 */
function withOwnIds(turn: ModelTurn): ModelTurn {
  const taken = new Set<string>();
  const calls = turn.calls.map((call) => {
    let id = call.tool_call_id;
    for (let count = 2; taken.has(id); count++) id = `${call.tool_call_id}_${count}`;
    taken.add(id);
    return id === call.tool_call_id ? call : { ...call, tool_call_id: id };
  });
  return { ...turn, calls };
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
  #past: Promise<Past> | null = null;
  #count = 0;
  /** Once true it stays so, whatever a workflow does to its state: the model may have taken it up. */
  #untrusted = false;

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
    this.taint(isUntrusted(state));
    const earlier = await this.#earlier(index);
    if (earlier) {
      const { content } = earlier.turn;
      if (content !== "") {
        yield* turnBreak(state, content);
        yield { type: "token", content, node: "model" };
      }
      return earlier;
    }
    const turn = withOwnIds(yield* callModel(state, this.#execution, tools));
    const acts = turn.calls.length > 0 && tools.length > 0;
    return this.#new(index, turn, this.#all || acts);
  }

  /** Takes up a turn that no model has said, with what an earlier attempt has come to with the same calls. */
  async add(said: ModelTurn, state: ConversationState): Promise<NumberedTurn> {
    const index = this.#count++;
    this.taint(isUntrusted(state));
    const turn = withOwnIds(said);
    const earlier = await this.#earlier(index);
    if (earlier && sameCalls(earlier.turn, turn)) return earlier;
    return this.#new(index, turn, true);
  }

  /** Takes note that text that others wrote has come before the model, where `untrusted` is true. */
  taint(untrusted: boolean): void {
    this.#untrusted ||= untrusted;
    this.#execution.meter.untrusted ||= untrusted;
  }

  /** Whether such text has been there so far. */
  get untrusted(): boolean {
    return this.#untrusted;
  }

  async #earlier(index: number): Promise<NumberedTurn | null> {
    const { plan, attempt, ports } = this.#execution;
    if (!plan.tools || attempt === 1) return null;
    this.#past ??= readPast(ports);
    const { turns, calls: recorded } = await this.#past;
    const earlier = turns.find(({ turn }) => turn === index);
    if (!earlier) return null;
    const { content, calls, answers, untrusted } = earlier;
    this.taint(untrusted);
    const own = recorded.filter(({ turn }) => turn === index);
    return {
      index,
      turn: { content, calls },
      untrusted: this.#untrusted,
      answers,
      recorded: new Map(own.map((call) => [call.call, call])),
    };
  }

  async #new(index: number, turn: ModelTurn, keep: boolean): Promise<NumberedTurn> {
    const { plan, ports } = this.#execution;
    const untrusted = this.#untrusted;
    if (plan.tools && keep) {
      await ports.turns.saveTurn(index, turn.content, turn.calls, untrusted);
    }
    return { index, turn, untrusted, answers: new Map(), recorded: new Map() };
  }
}

async function readPast({ turns, calls }: Execution["ports"]): Promise<Past> {
  return { turns: await turns.read(), calls: await calls.read() };
}
