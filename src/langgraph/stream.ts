/** Reading what a graph streams. */
import type { WorkflowEvent } from "../contract/events.ts";
import { WorkflowExecutionError } from "../workflow/errors.ts";
import { untilAborted } from "../workflow/until-aborted.ts";
import type { GraphEvents } from "./events.ts";
import { fieldsOf } from "./messages.ts";

/** What is asked of a graph: words as they come, what nodes write, and when nodes begin and end; of graphs inside too. */
export const STREAM_OPTIONS = Object.freeze({
  streamMode: ["messages", "updates", "tasks"],
  subgraphs: true,
});

/** The parts of what the stream yields: where, which kind, and what. */
function partsOfItem(item: unknown): { path: string[]; mode: unknown; payload: unknown } {
  const [path, mode, payload] = Array.isArray(item) ? item : [];
  return { path: Array.isArray(path) ? path.map(String) : [], mode, payload };
}

function interrupted(name: string): WorkflowExecutionError {
  return new WorkflowExecutionError(
    `The graph of the workflow "${name}" stopped to ask a person (an interrupt), which a run cannot answer: let the graph ask in its answer, and go on with the next message.`,
  );
}

/** The events that an item of the stream becomes. Throws a `WorkflowExecutionError` for an interrupt. */
export function* toEvents(
  item: unknown,
  events: GraphEvents,
  name: string,
): Generator<WorkflowEvent, void, undefined> {
  const { path, mode, payload } = partsOfItem(item);
  if (mode === "messages") {
    const [message, metadata] = Array.isArray(payload) ? payload : [];
    yield* events.message(message, metadata);
  } else if (mode === "tasks") {
    if (path.length === 0) yield* events.task(payload);
  } else if (mode === "updates") {
    for (const [node, update] of Object.entries(fieldsOf(payload))) {
      if (node === "__interrupt__") throw interrupted(name);
      yield* events.update([...path, node], update);
    }
  }
}

/** Reads a stream, and stops waiting for it when the signal aborts, whatever its nodes are doing. */
export async function* readStream(
  stream: AsyncIterable<unknown>,
  signal: AbortSignal,
): AsyncGenerator<unknown, void, undefined> {
  const iterator = stream[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await untilAborted(iterator.next(), signal);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // Not awaited: a node that hangs does not end, and nothing waits for it.
    iterator.return?.()?.catch(() => undefined);
  }
}
