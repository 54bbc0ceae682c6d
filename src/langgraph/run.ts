/** One run of a graph. */
import { WorkflowError, WorkflowExecutionError } from "../workflow/errors.ts";
import type { WorkflowToolkit } from "../workflow/definition.ts";
import type { WorkflowStream } from "../workflow/ports/middleware.ts";
import type { ConversationState } from "../workflow/state.ts";
import { untilAborted } from "../workflow/until-aborted.ts";
import { GraphEvents } from "./events.ts";
import type { CompiledGraph } from "./graph.ts";
import { type GraphMessage, toGraphInput } from "./input.ts";
import { fieldsOf, idOf } from "./messages.ts";
import { observeGraph } from "./observe.ts";
import { readStream, STREAM_OPTIONS, toEvents } from "./stream.ts";
import { openThread, type Thread, threadIdOf } from "./thread.ts";

/** A graph and its options, checked. */
export interface BoundGraph {
  readonly graph: CompiledGraph;
  readonly name: string;
  readonly isInner: (path: string) => boolean;
  readonly toMessage: (message: GraphMessage) => unknown;
  readonly config: Readonly<Record<string, unknown>>;
}

/** What the failure of a graph becomes. */
function toRunError(error: unknown, name: string, step: string | null): WorkflowError {
  if (error instanceof WorkflowError) return error;
  const text =
    error instanceof Error && error.name === "GraphRecursionError"
      ? "took more steps than the recursionLimit of its config allows"
      : `failed${step === null ? "" : ` in ${step}`}`;
  return new WorkflowExecutionError(`The graph of the workflow "${name}" ${text}.`, {
    ...(step !== null && { step }),
    cause: error,
  });
}

/** The ids of the messages that were there before the graph began. */
function earlierIds(thread: Thread, input: readonly unknown[]): Set<string> {
  return new Set([...thread.known, ...input].flatMap((message) => idOf(message) ?? []));
}

/** Begins to run a graph; what is of this run goes before what its workflow was made with. */
function openStream(
  { graph, config }: BoundGraph,
  input: unknown,
  own: { readonly callbacks: readonly unknown[]; readonly [name: string]: unknown },
): Promise<AsyncIterable<unknown>> {
  const { callbacks: given } = config;
  const callbacks = [...(Array.isArray(given) ? given : []), ...own.callbacks];
  return graph.stream(input, { ...config, ...STREAM_OPTIONS, ...own, callbacks });
}

/** Runs a graph to its end, with what its thread does not know yet. */
export async function* runGraph(
  bound: BoundGraph,
  before: ConversationState,
  steps: WorkflowToolkit,
): WorkflowStream {
  const { graph, isInner, config } = bound;
  const { runId, plan, signal } = steps;
  const state = yield* steps.retrieve(before);
  const configurable = {
    ...fieldsOf(config["configurable"]),
    thread_id: threadIdOf(state),
    user_id: state.user_id,
    conversation_id: state.conversation_id,
    run_id: runId,
    plan,
  };
  const thread = await untilAborted(openThread(graph, { configurable }, runId), signal);
  const { known } = thread;
  const input = toGraphInput({ ...bound, channels: graph.channels, state, plan, runId, known });
  const { callbacks, quiet, failed } = observeGraph(steps, isInner);
  const events = new GraphEvents({ isInner, quiet, earlier: earlierIds(thread, input.messages) });
  try {
    for (const { node, result } of thread.done ?? []) yield* events.repeat(node, result);
    if (!thread.ended) {
      // Null: the thread has the input already, and goes on where it stands.
      const given = thread.done === null ? input : null;
      const stream = openStream(bound, given, { configurable, signal, callbacks: [callbacks] });
      for await (const item of readStream(await untilAborted(stream, signal), signal)) {
        yield* toEvents(item, events, bound.name);
      }
    }
    yield* events.finish();
  } catch (error) {
    yield* events.abandon();
    if (signal.aborted) throw signal.reason;
    throw toRunError(error, bound.name, failed());
  } finally {
    steps.countUsage({ tool_calls: events.toolCalls.length });
  }
  return withAnswer(bound.name, state, events);
}

function withAnswer(
  name: string,
  state: ConversationState,
  { answer, toolCalls }: GraphEvents,
): ConversationState {
  if (answer.trim() === "") {
    throw new WorkflowExecutionError(
      `The graph of the workflow "${name}" ended without an answer: its last node must return an AI message with text.`,
    );
  }
  return {
    ...state,
    tool_calls: [...state.tool_calls, ...toolCalls],
    messages: [...state.messages, { role: "assistant", content: answer }],
  };
}
