/** Graphs for tests, and running them as workflows. */
import { type AIMessage, type BaseMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { type BaseCheckpointSaver, MessagesAnnotation, StateGraph } from "@langchain/langgraph";
import { ToolNode } from "@langchain/langgraph/prebuilt";
import { z } from "zod";
import { createScriptedProvider } from "../../providers/scripted.ts";
import type { ModelMessage } from "../../workflow/ports/model.ts";
import { type Outcome, remembering, run, type RunOptions } from "../../workflow/testing/run.ts";
import type { CompiledGraph } from "../graph.ts";
import { langGraphWorkflow, type LangGraphOptions } from "../workflow.ts";
import { asks, type ChatScript, ScriptedChatModel, words } from "./chat-model.ts";

/** Adds two numbers, or fails when they are the same. */
const add = tool(
  ({ a, b }: { a: number; b: number }) => {
    if (a === b) throw new Error("too easy");
    return String(a + b);
  },
  { name: "add", description: "Adds.", schema: z.object({ a: z.number(), b: z.number() }) },
);

/** Asks for a sum, then says what it is. */
export const sums: ChatScript = (messages, index) => {
  const last = messages.at(-1);
  return ToolMessage.isInstance(last)
    ? words(`It is ${last.text}.`)
    : [...words("Let me see. "), ...asks(`call_${index}`, "add", { a: 2, b: 3 })];
};

function asksForTools(messages: readonly BaseMessage[]): boolean {
  return ((messages.at(-1) as AIMessage | undefined)?.tool_calls ?? []).length > 0;
}

/** The usual graph: a node that asks a model, a node with its tools, in turn. */
export function agentGraph(script: ChatScript, checkpointer?: BaseCheckpointSaver) {
  const model = new ScriptedChatModel(script);
  const graph = new StateGraph(MessagesAnnotation)
    .addNode("agent", async ({ messages }) => ({ messages: [await model.invoke(messages)] }))
    .addNode("tools", new ToolNode([add]))
    .addEdge("__start__", "agent")
    .addConditionalEdges("agent", ({ messages }) => (asksForTools(messages) ? "tools" : "__end__"))
    .addEdge("tools", "agent")
    .compile(checkpointer ? { checkpointer } : {});
  return { graph, model };
}

export type GraphRunOptions = RunOptions &
  Omit<LangGraphOptions, "name"> & { readonly messages?: readonly ModelMessage[] };

/** Runs a graph as the workflow `graph`, over a window of messages. */
export function runGraph(graph: CompiledGraph, options: GraphRunOptions = {}): Promise<Outcome> {
  const { innerNodes, toMessage, config, required, messages } = options;
  const definition = langGraphWorkflow(graph, {
    name: "graph",
    ...(innerNodes && { innerNodes }),
    ...(toMessage && { toMessage }),
    ...(config && { config }),
    ...(required && { required }),
  });
  const memory = remembering(messages ? { messages } : {});
  return run(
    createScriptedProvider(() => []),
    {
      ...options,
      plan: { workflow: "graph", ...options.plan },
      compiled: { definition },
      ports: { memory, ...options.ports },
    },
  );
}

export const user = (content: string): ModelMessage => ({ role: "user", content });
export const assistant = (content: string): ModelMessage => ({ role: "assistant", content });
