/** The steps of the loop, for workflows of the user's own. */
import { canonical } from "./canonical.ts";
import type { WorkflowToolkit } from "./definition.ts";
import type { Execution } from "./execution.ts";
import { converse, loadTools, TURNS_A_STEP, useTools } from "./loop.ts";
import { callModel, type ModelTurn } from "./model.ts";
import type { RecordedTurn } from "./ports/store.ts";
import type { Tool } from "./ports/tools.ts";
import { retrieve } from "./retrieve.ts";
import { noUsage, sumUsage } from "./usage.ts";

/** Numbers the steps of a workflow that use tools, and knows what earlier attempts did in each. */
class ToolSteps {
  readonly #execution: Execution;
  #recorded: Promise<readonly RecordedTurn[]> | null = null;
  #count = 0;

  constructor(execution: Execution) {
    this.#execution = execution;
  }

  /** The number of the next step. */
  next(): number {
    return this.#count++;
  }

  /** The number of the one turn of a step, and the answers that it has already where the model asks for the same. */
  async record(
    step: number,
    turn: ModelTurn,
  ): Promise<{ index: number; answers: RecordedTurn["answers"] }> {
    const { attempt, ports } = this.#execution;
    this.#recorded ??= attempt > 1 ? ports.turns.read() : Promise.resolve([]);
    const index = step * TURNS_A_STEP;
    const recorded = (await this.#recorded).find((earlier) => earlier.turn === index);
    if (recorded && canonical(recorded.calls) === canonical(turn.calls)) {
      return { index, answers: recorded.answers };
    }
    await ports.turns.saveTurn(index, turn.content, turn.calls);
    return { index, answers: new Map() };
  }
}

/** Binds the steps to one execution. */
export function createToolkit(execution: Execution): WorkflowToolkit {
  const { runId, attempt, plan, signal, compiled, meter, ports } = execution;
  const toolSteps = new ToolSteps(execution);
  let loaded: Promise<ReadonlyMap<string, Tool>> | null = null;
  const tools = (): Promise<ReadonlyMap<string, Tool>> => (loaded ??= loadTools(execution));
  return {
    runId,
    attempt,
    plan,
    signal,
    retrieve: (state) => retrieve(state, execution, ports.retriever),
    callModel: (state, options) =>
      callModel(state, execution, options?.tools === false ? [] : compiled.tools),
    async *useTools(state, turn) {
      const numbered = { turn, ...(await toolSteps.record(toolSteps.next(), turn)) };
      return yield* useTools(state, numbered, await tools(), execution);
    },
    converse: (state) => converse(state, execution, toolSteps.next()),
    tools: async () => [...(await tools()).values()],
    countUsage: (usage) => {
      meter.usage = sumUsage(meter.usage, { ...noUsage(), ...usage });
    },
  };
}
