/** The thread of a run: what a checkpointer has kept of its branch. */
import type { ConversationState } from "../workflow/state.ts";
import type { CompiledGraph } from "./graph.ts";
import { fieldsOf, idOf } from "./messages.ts";

/** A thread as a run finds it. */
export interface Thread {
  /** Its messages from before this run; none where there is no thread yet. */
  readonly known: readonly unknown[];
  /** What an earlier attempt of the same run has done, oldest first; null where this run begins its turn. */
  readonly done: readonly FinishedTask[] | null;
  /** True when the earlier attempt came to the end of the graph. */
  readonly ended: boolean;
}

/** A node that has ended, and what it wrote into the channels. */
interface FinishedTask {
  readonly node: string;
  readonly result: unknown;
}

type Config = Readonly<Record<string, unknown>>;

/** Every branch of a conversation is a thread of its own: what was said on one, the others have not heard. */
export function threadIdOf({ conversation_id, branch_id }: ConversationState): string {
  return branch_id === null ? conversation_id : `${conversation_id}/${branch_id}`;
}

/** The tasks since the last input that have ended, oldest first. */
async function tasksSinceInput(graph: CompiledGraph, config: Config): Promise<FinishedTask[]> {
  const steps: FinishedTask[][] = [];
  for await (const { metadata, tasks } of graph.getStateHistory(config)) {
    if (fieldsOf(metadata)["source"] === "input") break;
    const ended = (Array.isArray(tasks) ? tasks : []).flatMap((task): FinishedTask[] => {
      const { name, result } = fieldsOf(task);
      return typeof name === "string" && result !== undefined ? [{ node: name, result }] : [];
    });
    steps.unshift(ended);
  }
  return steps.flat();
}

/** Looks up the thread of a run. A graph without a checkpointer has none. Throws what the checkpointer throws. */
export async function openThread(
  graph: CompiledGraph,
  config: Config,
  runId: string,
): Promise<Thread> {
  if (!graph.checkpointer) return { known: [], done: null, ended: false };
  const { values, next } = await graph.getState(config);
  const { messages } = fieldsOf(values);
  const all: readonly unknown[] = Array.isArray(messages) ? messages : [];
  const own = all.findIndex((message) => idOf(message) === runId);
  if (own === -1) return { known: all, done: null, ended: false };
  const done = await tasksSinceInput(graph, config);
  return { known: all.slice(0, own), done, ended: next.length === 0 };
}
