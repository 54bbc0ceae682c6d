/** A compiled graph of LangGraph.js as a workflow: its own nodes, models and tools, on the events and the journal of a run. */
import { defineWorkflow, type WorkflowDefinition } from "../workflow/definition.ts";
import { WorkflowValidationError } from "../workflow/errors.ts";
import type { Resource } from "../workflow/plan/rules.ts";
import type { CompiledGraph } from "./graph.ts";
import type { GraphMessage } from "./input.ts";
import { fieldsOf } from "./messages.ts";
import { runGraph } from "./run.ts";

export interface LangGraphOptions {
  /** By which requests and templates call the workflow. */
  readonly name: string;
  readonly description?: string;
  /** `retriever`: passages are found before the graph begins, and go into `retrieval_context` or the system message. */
  readonly required?: readonly Resource[];
  /** Nodes, also of graphs inside of the graph, whose messages are no part of the answer: a critic, a planner. */
  readonly innerNodes?: readonly string[];
  /**
   * Makes a message of LangChain. Needed only where the channel `messages` has no reducer of LangGraph, and nodes expect
   * instances: pass `coerceMessageLikeToMessage` of `@langchain/core/messages`.
   */
  readonly toMessage?: (message: GraphMessage) => unknown;
  /** What else the graph is called with: `recursionLimit`, `durability`, `context`, `callbacks`. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** A path is the names of nodes, the outermost first, each with the id of its task where it has one. */
function innerTest(nodes: readonly string[]): (path: string) => boolean {
  const inner = new Set(nodes);
  return (path) => path.split("|").some((part) => inner.has(part.split(":", 1)[0] ?? ""));
}

function checkGraph(graph: unknown): void {
  const { compile, stream, channels } = fieldsOf(graph);
  const message =
    typeof compile === "function"
      ? "is not compiled: pass graph.compile()"
      : typeof stream !== "function" || typeof channels !== "object" || channels === null
        ? "must be a compiled graph of LangGraph.js"
        : "messages" in channels
          ? null
          : "must have a channel messages, as MessagesAnnotation has";
  if (message === null) return;
  throw new WorkflowValidationError(`graph ${message}.`, [{ path: "graph", message }]);
}

/**
 * Makes a workflow of a compiled graph, whose state has a channel `messages`. The graph calls its own models and tools;
 * limits of tool calls are its own too. With a checkpointer every branch of a conversation is a thread, into which only
 * what it does not know yet is put; an attempt that follows a crash goes on at the last checkpoint. Throws a
 * `WorkflowValidationError` that says what is wrong.
 */
export function langGraphWorkflow(
  graph: CompiledGraph,
  options: LangGraphOptions,
): WorkflowDefinition {
  checkGraph(graph);
  const { name, description, required, innerNodes = [], config = {} } = options;
  const toMessage = options.toMessage ?? ((message) => message);
  const bound = { graph, name, isInner: innerTest(innerNodes), toMessage, config };
  return defineWorkflow({
    name,
    ...(description !== undefined && { description }),
    ...(required !== undefined && { required }),
    run: (state, steps) => runGraph(bound, state, steps),
  });
}
