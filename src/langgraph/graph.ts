/**
 * What is used of a compiled graph of LangGraph.js. It is described here by its shape: the package is the user's own,
 * and nothing of it is needed to run a server without graphs.
 */

/** A state of a thread, as `getState` and `getStateHistory` give it. */
interface GraphSnapshot {
  readonly values: unknown;
  /** The nodes that come next; empty when the graph has ended. */
  readonly next: readonly string[];
  readonly metadata?: unknown;
  readonly tasks?: unknown;
}

/** A graph that was compiled, with a channel `messages`. */
export interface CompiledGraph {
  readonly channels: Readonly<Record<string, unknown>>;
  /** Keeps the states of threads; without one a graph forgets everything at its end. */
  readonly checkpointer?: unknown;
  stream(
    input: unknown,
    config: Readonly<Record<string, unknown>>,
  ): Promise<AsyncIterable<unknown>>;
  getState(config: Readonly<Record<string, unknown>>): Promise<GraphSnapshot>;
  getStateHistory(config: Readonly<Record<string, unknown>>): AsyncIterable<GraphSnapshot>;
}
