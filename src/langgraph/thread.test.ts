import { type BaseMessage, coerceMessageLikeToMessage } from "@langchain/core/messages";
import { Annotation, MemorySaver, MessagesAnnotation, StateGraph } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import type { Retriever } from "../workflow/ports/retrieval.ts";
import { callIdsOf, resultsOf, textOf } from "../workflow/testing/run.ts";
import type { CompiledGraph } from "./graph.ts";
import { words } from "./testing/chat-model.ts";
import {
  agentGraph,
  assistant,
  type GraphRunOptions,
  runGraph,
  sums,
  user,
} from "./testing/graphs.ts";

/** What a model was sent, as `type: text`. */
function read(messages: readonly BaseMessage[] | undefined): string[] {
  return (messages ?? []).map(({ type, text }) => `${type}: ${text}`);
}

/** A graph with a checkpointer whose model echoes the last message. */
function remembered() {
  return agentGraph((messages) => words(`Heard ${messages.at(-1)?.text}.`), new MemorySaver());
}

describe("the input of a graph without a checkpointer", () => {
  it("is the whole window, with calls and their results, and what there is to say to a model", async () => {
    const { graph, model } = agentGraph(() => words("Fine."));
    const call = { tool_call_id: "c1", name: "add", arguments: { a: 1, b: 2 } };
    await runGraph(graph, {
      plan: { system_message: "Be kind.", enable_memory: true },
      ports: {
        memory: {
          recall: () =>
            Promise.resolve({
              messages: [
                user("1 and 2?"),
                { role: "assistant", content: "", tool_calls: [call] },
                { role: "tool", tool_call_id: "c1", content: "3" },
                assistant("It is 3."),
                user("Thanks"),
              ],
              summary: "They greeted.",
              summarisedUntil: null,
              untrusted: false,
              overdue: false,
            }),
          refresh: () => Promise.resolve(false),
        },
      },
    });
    const [sent] = model.requests;
    expect(read(sent)).toEqual([
      expect.stringMatching(/^system: Be kind\.\n\n.*in short:\nThey greeted\.$/s),
      "human: 1 and 2?",
      "ai: ",
      "tool: 3",
      "ai: It is 3.",
      "human: Thanks",
    ]);
    expect(sent?.[2]).toMatchObject({
      tool_calls: [{ id: "c1", name: "add", args: { a: 1, b: 2 } }],
    });
    expect(sent?.[3]).toMatchObject({ tool_call_id: "c1" });
  });

  it("has what the graph has channels for, and then says it to no model besides", async () => {
    const State = Annotation.Root({
      ...MessagesAnnotation.spec,
      user_id: Annotation<string>(),
      conversation_id: Annotation<string>(),
      conversation_summary: Annotation<string | null>(),
      system_message: Annotation<string | null>(),
      retrieval_context: Annotation<{ text: string } | null>(),
    });
    let seen: Record<string, unknown> = {};
    let configurable: unknown;
    const graph = new StateGraph(State)
      .addNode("look", (state, config) => {
        seen = state;
        ({ configurable } = config);
        return { messages: [{ role: "assistant", content: "Seen." }] };
      })
      .addEdge("__start__", "look")
      .compile();
    const citation = {
      document_id: "d",
      document_title: "T",
      chunk_id: "c",
      page: null,
      start: 0,
      end: 4,
      score: 1,
      excerpt: "text",
      url: null,
    };
    const retriever: Retriever = {
      retrieve: ({ query }) =>
        Promise.resolve({
          passages: [{ text: `On ${query}`, citation }],
          mode: null,
          degraded: false,
          thresholdApplied: false,
        }),
    };
    const retrieval = {
      retriever: "default",
      document_ids: null,
      max_documents: 5,
      similarity_threshold: null,
      required: true,
    };
    const { events } = await runGraph(graph, {
      required: ["retriever"],
      plan: { system_message: "Be kind.", retrieval },
      ports: { retriever },
      config: { configurable: { tone: "warm" } },
    });
    expect(seen).toMatchObject({
      user_id: "ann",
      conversation_id: "conv_1",
      conversation_summary: null,
      system_message: "Be kind.",
      retrieval_context: { query: "Why?", text: expect.stringContaining("On Why?") },
    });
    expect(read(seen["messages"] as BaseMessage[])).toEqual(["human: Why?"]);
    expect(configurable).toMatchObject({
      tone: "warm",
      thread_id: "conv_1/br_1",
      user_id: "ann",
      run_id: "run_1",
      plan: { system_message: "Be kind." },
    });
    expect(events.map(({ type }) => type)).toContain("sources");
  });

  it("has instances of messages where the graph asks for them", async () => {
    const State = Annotation.Root({ messages: Annotation<BaseMessage[]>() });
    const graph = new StateGraph(State)
      .addNode("name", ({ messages }) => ({
        messages: [{ role: "assistant", content: String(messages[0]?.getType()) }] as never,
      }))
      .addEdge("__start__", "name")
      .compile();
    const { events } = await runGraph(graph, {
      toMessage: (message) => coerceMessageLikeToMessage(message as never),
    });
    expect(textOf(events)).toBe("human");
  });
});

describe("a graph with a checkpointer", () => {
  const turn = (graph: CompiledGraph, runId: string, options: GraphRunOptions) =>
    runGraph(graph, { runId, ...options });

  it("gets the whole window first, and then only what is new", async () => {
    const { graph, model } = remembered();
    const first = [user("Hi"), assistant("Hello"), user("One")];
    await turn(graph, "run_1", { messages: first });
    await turn(graph, "run_2", { messages: [...first, assistant("Heard One."), user("Two")] });
    expect(read(model.requests[0])).toEqual(["human: Hi", "ai: Hello", "human: One"]);
    expect(read(model.requests[1])).toEqual([
      "human: Hi",
      "ai: Hello",
      "human: One",
      "ai: Heard One.",
      "human: Two",
    ]);
  });

  it("gets what another workflow has answered in between", async () => {
    const { graph, model } = remembered();
    await turn(graph, "run_1", { messages: [user("One")] });
    const since = [user("One"), assistant("Heard One."), user("Two"), assistant("Elsewhere.")];
    await turn(graph, "run_2", { messages: [...since, user("Three")] });
    expect(read(model.requests[1])).toEqual([
      "human: One",
      "ai: Heard One.",
      "human: Two",
      "ai: Elsewhere.",
      "human: Three",
    ]);
  });

  it("is not told again what it knows when a turn was taken back", async () => {
    const { graph, model } = remembered();
    await turn(graph, "run_1", { messages: [user("One")] });
    await turn(graph, "run_2", { messages: [user("One"), assistant("Heard One."), user("Oops")] });
    const without = [user("One"), assistant("Heard One."), user("Two")];
    await turn(graph, "run_3", { messages: without });
    expect(read(model.requests[2]).slice(-3)).toEqual([
      "human: Oops",
      "ai: Heard Oops.",
      "human: Two",
    ]);
  });

  it("has one system message, the one of the newest run", async () => {
    const { graph, model } = remembered();
    const plan = (system_message: string | null) => ({ system_message });
    const messages = ["One", "Two", "Three"].flatMap((text) => [
      user(text),
      assistant(`Heard ${text}.`),
    ]);
    await turn(graph, "run_1", { messages: messages.slice(0, 1), plan: plan("Be kind.") });
    await turn(graph, "run_2", { messages: messages.slice(0, 3), plan: plan("Be brief.") });
    await turn(graph, "run_3", { messages: messages.slice(0, 5), plan: plan(null) });
    const systems = model.requests.map((sent) =>
      read(sent).filter((text) => text.startsWith("system")),
    );
    expect(systems).toEqual([["system: Be kind."], ["system: Be brief."], []]);
  });

  it("has a thread of its own for every branch of a conversation", async () => {
    const { graph, model } = remembered();
    await turn(graph, "run_1", { messages: [user("One")], branchId: "br_a" });
    await turn(graph, "run_2", { messages: [user("Two")], branchId: "br_b" });
    expect(read(model.requests[1])).toEqual(["human: Two"]);
  });

  it("does not show the calls of earlier turns again", async () => {
    const { graph } = agentGraph(sums, new MemorySaver());
    const first = await turn(graph, "run_1", { messages: [user("2 and 3?")] });
    const answer = assistant(textOf(first.events));
    const second = await turn(graph, "run_2", {
      messages: [user("2 and 3?"), answer, user("Again?")],
    });
    expect(callIdsOf(first.events)).toEqual(["call_0"]);
    expect(callIdsOf(second.events)).toEqual(["call_2"]);
    expect(textOf(second.events)).toBe("Let me see.\n\nIt is 5.");
  });
});

describe("an attempt after a crash", () => {
  /** A graph whose second node is cut off in the first attempt. */
  function crashing() {
    const ran: string[] = [];
    let crash = (): void => {};
    const graph = new StateGraph(MessagesAnnotation)
      .addNode("ask", () => {
        ran.push("ask");
        const tool_calls = [
          { id: "c1", name: "book", args: { seat: 4 }, type: "tool_call" as const },
        ];
        return { messages: [{ role: "assistant", content: "I book. ", tool_calls } as never] };
      })
      .addNode("tools", () => {
        ran.push("tools");
        return { messages: [{ role: "tool", content: "booked", tool_call_id: "c1" } as never] };
      })
      .addNode("think", () => {
        ran.push("think");
        return { messages: [{ role: "assistant", content: "A thought." }] };
      })
      .addNode("say", async () => {
        ran.push("say");
        crash();
        await new Promise((resolve) => setTimeout(resolve, 5));
        return { messages: [{ role: "assistant", content: "It is booked." }] };
      })
      .addEdge("__start__", "ask")
      .addEdge("ask", "tools")
      .addEdge("tools", "think")
      .addEdge("think", "say")
      .compile({ checkpointer: new MemorySaver() });
    return {
      graph,
      ran,
      crashIn: (controller: AbortController | null) => {
        crash = () => controller?.abort(new Error("crash"));
      },
    };
  }

  it("goes on at the last checkpoint: no node runs twice, and all is shown again", async () => {
    const { graph, ran, crashIn } = crashing();
    const controller = new AbortController();
    crashIn(controller);
    const options = { innerNodes: ["think"], messages: [user("Book!")] };
    const first = await runGraph(graph, { ...options, signal: controller.signal });
    expect(first.error).toMatchObject({ message: "crash" });
    crashIn(null);
    const second = await runGraph(graph, { ...options, attempt: 2 });
    expect(second.error).toBeNull();
    expect(ran).toEqual(["ask", "tools", "think", "say", "say"]);
    expect(callIdsOf(second.events)).toEqual(["c1"]);
    expect(resultsOf(second.events)).toMatchObject([{ status: "ok", content: "booked" }]);
    expect(textOf(second.events)).toBe("I book. It is booked.");
    expect(second.meter.usage.tool_calls).toBe(1);
  });

  it("shows an answer that was there already, and runs nothing", async () => {
    const { graph, ran, crashIn } = crashing();
    crashIn(null);
    const options = { innerNodes: ["think"], messages: [user("Book!")] };
    await runGraph(graph, options);
    const second = await runGraph(graph, { ...options, attempt: 2 });
    expect(ran).toEqual(["ask", "tools", "think", "say"]);
    expect(textOf(second.events)).toBe("I book. It is booked.");
  });

  it("begins anew without a checkpointer", async () => {
    const { graph, model } = agentGraph(sums);
    await runGraph(graph, { attempt: 2 });
    expect(model.requests).toHaveLength(2);
  });
});
