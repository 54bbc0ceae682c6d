/** A compiled LangGraph.js graph as a workflow: streamed, stored, resumed and cancelled like any other. */
import {
  defineWorkflow,
  type WorkflowDefinition,
  type WorkflowToolkit,
} from "../workflow/definition.ts";
import { WorkflowExecutionError } from "../workflow/errors.ts";
import type { Resource } from "../workflow/plan/rules.ts";
import type { WorkflowStream } from "../workflow/ports/middleware.ts";
import type { ConversationState } from "../workflow/state.ts";
import { GraphEvents } from "./events.ts";
import { type CompiledGraph, isRecord } from "./graph.ts";
import { newestMessage, wholeWindow } from "./messages.ts";
import { findThread, type Thread } from "./thread.ts";

export interface LangGraphOptions {
  /** The name of the workflow, as requests and templates call it. */
  readonly name: string;
  readonly description?: string;
  /** What must exist for it. With `retriever`, passages are found before the graph begins. */
  readonly required?: readonly Resource[];
  /** The channel of the graph's messages; `messages` unless named. */
  readonly messagesKey?: string;
  /** Nodes whose messages are no part of the answer, such as one that only plans. */
  readonly innerNodes?: readonly string[];
}

/** The fields of the conversation's state that a graph gets if it has channels of these names. */
const SHARED_CHANNELS: readonly (keyof ConversationState)[] = [
  "user_id",
  "conversation_id",
  "retrieval_context",
  "metadata",
  "conversation_summary",
  "parent_conversation_id",
  "branch_id",
  "memory_context",
  "workflow_template",
  "a_b_test_group",
];

/** What goes into the graph; null goes on with what the thread was doing when it was cut off. */
function inputOf(
  graph: CompiledGraph,
  { standing }: Thread,
  state: ConversationState,
  steps: WorkflowToolkit,
  messagesKey: string,
): Readonly<Record<string, unknown>> | null {
  if (standing === "cut") return null;
  const channels = isRecord(graph.channels) ? graph.channels : {};
  const shared = SHARED_CHANNELS.filter((name) => name in channels);
  return {
    ...Object.fromEntries(shared.map((name) => [name, state[name]])),
    [messagesKey]:
      standing === "known"
        ? newestMessage(state, steps.runId)
        : wholeWindow(state, steps.plan.system_message, steps.runId),
  };
}

/** Reads a stream, and stops waiting for it the moment the signal aborts, whatever a node is doing. */
async function* untilAborted(
  stream: AsyncIterable<unknown>,
  signal: AbortSignal,
): AsyncGenerator<unknown, void, undefined> {
  const iterator = stream[Symbol.asyncIterator]();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason as Error);
  aborted.catch(() => undefined);
  signal.addEventListener("abort", abort, { once: true });
  try {
    signal.throwIfAborted();
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted]);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener("abort", abort);
    // Not awaited: a node that hangs cannot end, and nothing waits for it.
    iterator.return?.()?.catch(() => undefined);
  }
}

async function openStream(
  graph: CompiledGraph,
  state: ConversationState,
  steps: WorkflowToolkit,
  messagesKey: string,
): Promise<AsyncIterable<unknown>> {
  const thread = await findThread(graph, state, steps, messagesKey);
  return graph.stream(inputOf(graph, thread, state, steps, messagesKey), {
    streamMode: ["messages", "updates"],
    signal: steps.signal,
    configurable: { thread_id: thread.id, user_id: state.user_id },
  });
}

/**
 * Makes a workflow of a compiled graph. Its state gets the window of the conversation under `messagesKey`, and the
 * other fields of `ConversationState` under the channels of their names. A graph with a checkpointer has the
 * conversation as its thread, and gets only the newest message where the thread knows the rest; where a run was cut
 * off by the end of its server, the graph goes on from its last checkpoint. Its messages become the events of the run.
 * A graph calls its own models and tools: limits of the plan on tool calls do not reach into it.
 * Throws a `WorkflowValidationError` for options that are wrong.
 */
export function langGraphWorkflow(
  graph: CompiledGraph,
  options: LangGraphOptions,
): WorkflowDefinition {
  const { name, description = "A LangGraph.js graph.", required = [] } = options;
  const { messagesKey = "messages", innerNodes = [] } = options;
  return defineWorkflow({
    name,
    description,
    required,
    async *run(given, steps): WorkflowStream {
      const state = required.includes("retriever") ? yield* steps.retrieve(given) : given;
      const events = new GraphEvents(steps, innerNodes);
      try {
        const stream = await openStream(graph, state, steps, messagesKey);
        for await (const part of untilAborted(stream, steps.signal)) {
          if (!Array.isArray(part)) continue;
          const [mode, data]: unknown[] = part;
          if (mode === "messages" && Array.isArray(data)) yield* events.message(data[0], data[1]);
          if (mode === "updates") yield* events.update(data, messagesKey);
        }
      } catch (error) {
        yield* events.cutOff();
        steps.signal.throwIfAborted();
        throw error;
      }
      yield* events.cutOff();
      if (events.text === "") {
        throw new WorkflowExecutionError("The graph ended without an answer.", { step: "model" });
      }
      return {
        ...state,
        tool_calls: [...state.tool_calls, ...events.answered],
        messages: [...state.messages, { role: "assistant", content: events.text }],
      };
    },
  });
}
