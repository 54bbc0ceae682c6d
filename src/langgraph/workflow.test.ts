import {
  AIMessage,
  AIMessageChunk,
  coerceMessageLikeToMessage,
  ToolMessage,
} from "@langchain/core/messages";
import {
  Annotation,
  interrupt,
  MemorySaver,
  MessagesAnnotation,
  StateGraph,
} from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import { WorkflowError, WorkflowValidationError } from "../workflow/errors.ts";
import { callIdsOf, resultsOf, stepsOf, textOf } from "../workflow/testing/run.ts";
import type { CompiledGraph } from "./graph.ts";
import { asks, ScriptedChatModel, words } from "./testing/chat-model.ts";
import { agentGraph, assistant, runGraph, sums, user } from "./testing/graphs.ts";
import { langGraphWorkflow, type LangGraphOptions } from "./workflow.ts";

const says = (text: string) => new ScriptedChatModel(() => words(text));

interface Builder {
  addNode(name: string, node: (...given: unknown[]) => unknown): Builder;
  addEdge(from: string, to: string): Builder;
  compile(): CompiledGraph;
}

/** A graph of nodes that follow each other; each returns what goes into `messages`. */
function chain(nodes: Readonly<Record<string, () => unknown>>): CompiledGraph {
  let graph = new StateGraph(MessagesAnnotation) as unknown as Builder;
  let before = "__start__";
  for (const [name, node] of Object.entries(nodes)) {
    graph = graph.addNode(name, async () => ({ messages: await node() })).addEdge(before, name);
    before = name;
  }
  return graph.compile();
}

describe("a graph with a loop of tools", () => {
  it("streams its words, shows each call once with its result, and ends with its answer", async () => {
    const { graph } = agentGraph(sums);
    const { events, state, meter, error } = await runGraph(graph);
    expect(error).toBeNull();
    const shown = events.filter(({ type }) => type !== "step");
    expect(shown.slice(0, 3).map((event) => ("content" in event ? event.content : ""))).toEqual([
      "Let",
      " me",
      " see.",
    ]);
    const call = { tool_call_id: "call_0", name: "add" };
    expect(shown[3]).toEqual({ type: "tool_call", ...call, arguments: { a: 2, b: 3 } });
    const result = { ...call, status: "ok", content: "5", duration_ms: expect.any(Number) };
    expect(shown[4]).toEqual({ type: "tool_result", ...result });
    expect(textOf(events.slice(events.indexOf(shown[4]!)))).toBe("\n\nIt is 5.");
    expect(state?.tool_calls).toEqual([{ ...result, arguments: { a: 2, b: 3 } }]);
    expect(state?.messages.at(-1)).toEqual({ role: "assistant", content: textOf(events) });
    expect(meter).toEqual({
      untrusted: false,
      usage: {
        input_tokens: 20,
        output_tokens: 6,
        total_tokens: 26,
        cached_input_tokens: null,
        reasoning_tokens: null,
        cost_usd: null,
        model_calls: 2,
        tool_calls: 1,
      },
      answeredBy: { provider: "langchain", model: "scripted" },
    });
  });

  it("shows its nodes as steps of the model and of tools", async () => {
    const { events } = await runGraph(agentGraph(sums).graph);
    expect(stepsOf(events).slice(2)).toEqual([
      "model started",
      "model finished",
      "tools started",
      "tools finished",
      "model started",
      "model finished",
    ]);
  });

  it("shows the failure of a tool as one", async () => {
    const { graph } = agentGraph((messages) =>
      ToolMessage.isInstance(messages.at(-1)) ? words("Sorry.") : asks("c", "add", { a: 2, b: 2 }),
    );
    const { events } = await runGraph(graph);
    expect(resultsOf(events)).toMatchObject([
      { tool_call_id: "c", status: "error", content: expect.stringContaining("too easy") },
    ]);
    expect(textOf(events)).toBe("Sorry.");
  });

  it("shows every call of a model that numbers them anew each time", async () => {
    const ask = (n: number) =>
      new AIMessage({ content: "", tool_calls: [{ id: "call_0", name: "add", args: { n } }] });
    const answer = (content: string) => new ToolMessage({ content, tool_call_id: "call_0" });
    const graph = chain({
      ask: () => [ask(1)],
      tools: () => [answer("7")],
      again: () => [ask(2)],
      tools_again: () => [answer("8")],
      say: () => [new AIMessage("Done.")],
    });
    const { events, state } = await runGraph(graph);
    expect(callIdsOf(events)).toEqual(["call_0", "call_0"]);
    expect(resultsOf(events).map(({ content }) => content)).toEqual(["7", "8"]);
    expect(state?.tool_calls).toHaveLength(2);
  });

  it("gives a call a result that the graph leaves without one", async () => {
    const model = new ScriptedChatModel(() => [
      ...words("I leave it to you."),
      ...asks("c", "add", {}),
    ]);
    const graph = chain({ ask: async () => [await model.invoke("x")] });
    const { events, meter } = await runGraph(graph);
    expect(resultsOf(events)).toMatchObject([{ tool_call_id: "c", status: "error" }]);
    expect(meter.usage.tool_calls).toBe(1);
  });
});

describe("the answer of a graph", () => {
  it("has the text of content in blocks, and its reasoning apart", async () => {
    const blocks = [
      { type: "reasoning", reasoning: "Hm. " },
      { type: "thinking", thinking: "Well. " },
      { type: "reasoning", summary: [{ type: "summary_text", text: "In short. " }] },
      { type: "text", text: "Yes" },
      { type: "image_url", image_url: "x" },
    ];
    const model = new ScriptedChatModel(() => [
      ...blocks.map((block) => new AIMessageChunk({ content: [block] })),
      new AIMessageChunk({ content: "!", additional_kwargs: { reasoning_content: "Sure." } }),
    ]);
    const graph = chain({ think: async () => [await model.invoke("x")] });
    const { events } = await runGraph(graph);
    expect(textOf(events)).toBe("Yes!");
    const reasoning = events.map((event) => (event.type === "reasoning" ? event.content : ""));
    expect(reasoning.join("")).toBe("Hm. Well. In short. Sure.");
  });

  it("is said once by a node that returns it whole", async () => {
    const { events } = await runGraph(
      chain({ fixed: () => [new AIMessage("Closed on Sundays.")] }),
    );
    expect(events.filter(({ type }) => type === "token")).toEqual([
      { type: "token", content: "Closed on Sundays.", node: "model" },
    ]);
  });

  it("is not said twice by a node that returns its model's words as another message", async () => {
    const graph = chain({
      copy: async () => [new AIMessage((await says("Hello there.").invoke("x")).text)],
    });
    expect(textOf((await runGraph(graph)).events)).toBe("Hello there.");
  });

  it("has each message of its nodes in a paragraph of its own", async () => {
    const graph = chain({
      greet: () => [new AIMessage("Hello.")],
      plain: () => [{ role: "assistant", content: "Welcome." } as never],
      think: async () => [await says("It is late.").invoke("x")],
      answer: async () => [await says("Good night.").invoke("x")],
    });
    expect(textOf((await runGraph(graph)).events)).toBe(
      "Hello.\n\nWelcome.\n\nIt is late.\n\nGood night.",
    );
  });

  it("is put together from nodes of both kinds", async () => {
    const graph = chain({
      greet: () => [new AIMessage("Hello. ")],
      answer: async () => [await says("It is late.").invoke("x")],
    });
    expect(textOf((await runGraph(graph)).events)).toBe("Hello. It is late.");
  });

  it("leaves out nodes that are named as inner ones, and what is tagged nostream", async () => {
    const graph = chain({
      plan: async () => [await says("First I plan.").invoke("x")],
      check: async () => [await says("Is it so?").invoke("x", { tags: ["nostream"] })],
      note: () => [new AIMessage({ content: "a note", id: "n" })],
      answer: async () => [await says("It is so.").invoke("x")],
    });
    const { events, meter } = await runGraph(graph, { innerNodes: ["plan", "note"] });
    expect(textOf(events)).toBe("It is so.");
    // What they use is used all the same.
    expect(meter.usage).toMatchObject({ model_calls: 3, input_tokens: 30 });
  });

  it("is what nobody has heard, where that is all there is", async () => {
    const graph = chain({
      only: async () => [await says("Quietly.").invoke("x", { tags: ["nostream"] })],
    });
    expect(textOf((await runGraph(graph)).events)).toBe("Quietly.");
  });

  it("streams from a graph inside of the graph, unless its node is an inner one", async () => {
    const inside = agentGraph(sums).graph;
    const graph = new StateGraph(MessagesAnnotation)
      .addNode("expert", inside)
      .addNode("answer", () => ({ messages: [new AIMessage("So it is.")] }))
      .addEdge("__start__", "expert")
      .addEdge("expert", "answer")
      .compile();
    const open = await runGraph(graph);
    expect(textOf(open.events)).toBe("Let me see.\n\nIt is 5.\n\nSo it is.");
    expect(callIdsOf(open.events)).toEqual(["call_0"]);
    expect(resultsOf(open.events)).toMatchObject([{ status: "ok", content: "5" }]);
    const inner = await runGraph(graph, { innerNodes: ["expert"] });
    expect(textOf(inner.events)).toBe("So it is.");
    expect(callIdsOf(inner.events)).toEqual([]);
  });

  it("may come from plain objects, in a graph without a reducer", async () => {
    const State = Annotation.Root({ messages: Annotation<{ role: string; content: string }[]>() });
    const graph = new StateGraph(State)
      .addNode("echo", ({ messages }) => ({
        messages: [
          ...messages,
          { role: "assistant", content: `You said ${messages.at(-1)?.content}` },
        ],
      }))
      .addEdge("__start__", "echo")
      .compile();
    const earlier = [user("Hi"), assistant("Hello"), user("Again")];
    expect(textOf((await runGraph(graph, { messages: earlier })).events)).toBe("You said Again");
  });

  it("is said by nodes that return plain objects, beside those that stream", async () => {
    const graph = chain({
      greet: () => [{ role: "assistant", content: "Hello. " }],
      copy: async () => [
        { role: "assistant", content: (await says("I am late.").invoke("x")).text },
      ],
      quiet: async () => {
        const { text } = await says("Nobody hears.").invoke("x", { tags: ["nostream"] });
        return [{ role: "assistant", content: text }];
      },
      bye: () => [{ role: "assistant", content: " Bye." }],
    });
    expect(textOf((await runGraph(graph)).events)).toBe("Hello. I am late. Bye.");
  });

  it("is not mixed with what was there before, in a graph that returns all of it", async () => {
    const State = Annotation.Root({ messages: Annotation<AIMessage[]>() });
    const graph = new StateGraph(State)
      .addNode("echo", ({ messages }) => ({ messages: [...messages, new AIMessage("New.")] }))
      .addEdge("__start__", "echo")
      .compile();
    const before = { tool_call_id: "old", name: "add", arguments: {} };
    const { events, error } = await runGraph(graph, {
      toMessage: coerceMessageLikeToMessage as never,
      messages: [
        user("Hi"),
        { role: "assistant", content: "", tool_calls: [before] },
        { role: "tool", tool_call_id: "old", content: "1" },
        assistant("One."),
        user("And?"),
      ],
    });
    expect(error).toBeNull();
    expect(textOf(events)).toBe("New.");
    expect(callIdsOf(events)).toEqual([]);
  });

  it("must be there", async () => {
    const { error } = await runGraph(chain({ mute: () => [] }));
    expect(error).toMatchObject({
      code: "WORKFLOW_EXECUTION_ERROR",
      message: expect.stringContaining('"graph" ended without an answer'),
    });
  });
});

describe("a graph that goes wrong", () => {
  it("fails its run in the node, and keeps the cause for the log", async () => {
    const cause = new TypeError("a secret");
    const graph = chain({
      fine: () => [new AIMessage("So far.")],
      broken: () => {
        throw cause;
      },
    });
    const { error, events } = await runGraph(graph);
    expect(error).toMatchObject({
      code: "WORKFLOW_EXECUTION_ERROR",
      message: 'The graph of the workflow "graph" failed in broken.',
      details: { failed_step: "broken" },
      cause,
    });
    expect(textOf(events)).toBe("So far.");
  });

  it("fails with its own error where that has a code", async () => {
    const own = new WorkflowError("BUDGET_EXCEEDED", "No money left.");
    const graph = chain({
      pay: () => {
        throw own;
      },
    });
    expect((await runGraph(graph)).error).toBe(own);
  });

  it("does not go round for ever", async () => {
    const { graph } = agentGraph((_messages, index) => asks(`c${index}`, "add", { a: 1, b: 2 }));
    const { error, events } = await runGraph(graph, { config: { recursionLimit: 5 } });
    expect(error).toMatchObject({ message: expect.stringContaining("recursionLimit") });
    expect(resultsOf(events)).toHaveLength(callIdsOf(events).length);
  });

  it("cannot wait for a person", async () => {
    const { error } = await runGraph(
      new StateGraph(MessagesAnnotation)
        .addNode("ask", () => {
          interrupt("May I?");
          return {};
        })
        .addEdge("__start__", "ask")
        .compile({ checkpointer: new MemorySaver() }),
    );
    expect(error).toMatchObject({
      code: "WORKFLOW_EXECUTION_ERROR",
      message: expect.stringContaining("an interrupt"),
    });
  });
});

describe("a graph whose run is stopped", () => {
  const reason = new Error("cancelled by its user");

  it("hears of it through its signal, and every call gets its one result", async () => {
    const controller = new AbortController();
    let heard: unknown = null;
    const graph = new StateGraph(MessagesAnnotation)
      .addNode("agent", async ({ messages }) => ({
        messages: [await new ScriptedChatModel(() => asks("c", "wait", {})).invoke(messages)],
      }))
      .addNode("tools", async (_state, { signal }) => {
        await new Promise((resolve) => signal?.addEventListener("abort", resolve));
        heard = signal?.reason;
        return {};
      })
      .addEdge("__start__", "agent")
      .addEdge("agent", "tools")
      .compile();
    const { error, events } = await runGraph(graph, {
      signal: controller.signal,
      onEvent: (event) =>
        event.type === "step" && event.node === "tools" && controller.abort(reason),
    });
    expect(error).toBe(reason);
    expect(heard).toBe(reason);
    expect(callIdsOf(events)).toEqual(["c"]);
    expect(resultsOf(events)).toMatchObject([{ tool_call_id: "c", status: "error" }]);
  });

  it("is left behind where a node does not listen", async () => {
    const controller = new AbortController();
    const graph = chain({ deaf: () => new Promise(() => {}) });
    const { error } = await runGraph(graph, {
      signal: controller.signal,
      onEvent: (event) =>
        event.type === "step" && event.node === "model" && controller.abort(reason),
    });
    expect(error).toBe(reason);
  });
});

describe("langGraphWorkflow", () => {
  const graph = chain({ a: () => [] });

  it("is a workflow with a name, and what it needs", () => {
    expect(
      langGraphWorkflow(graph, { name: "crew", description: "Works.", required: ["retriever"] }),
    ).toMatchObject({ name: "crew", description: "Works.", required: ["retriever"] });
  });

  it.each<[what: string, graph: unknown, options: LangGraphOptions, message: RegExp]>([
    [
      "a graph that is not compiled",
      new StateGraph(MessagesAnnotation),
      { name: "a" },
      /graph\.compile\(\)/,
    ],
    ["something else", {}, { name: "a" }, /must be a compiled graph/],
    ["nothing", null, { name: "a" }, /must be a compiled graph/],
    [
      "a graph without messages",
      new StateGraph(Annotation.Root({ question: Annotation<string>() }))
        .addNode("a", () => ({}))
        .addEdge("__start__", "a")
        .compile(),
      { name: "a" },
      /must have a channel messages/,
    ],
    ["a bad name", graph, { name: "My Graph" }, /name: "My Graph" must be/],
  ])("refuses %s", (_what, given, options, message) => {
    const make = () => langGraphWorkflow(given as CompiledGraph, options);
    expect(make).toThrow(WorkflowValidationError);
    expect(make).toThrow(message);
  });
});
