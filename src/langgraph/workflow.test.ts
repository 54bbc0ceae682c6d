import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AIMessage } from "@langchain/core/messages";
import {
  Annotation,
  interrupt,
  MemorySaver,
  MessagesAnnotation,
  START,
  StateGraph,
} from "@langchain/langgraph";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { addAndAnswer, compileAdder, PlayingModel } from "../../test/support/graph.ts";
import type { RunEvent } from "../contract/events.ts";
import { createScriptedProvider, textAnswer } from "../providers/scripted.ts";
import { composeTestEngine, type TestEngine } from "../runs/testing/engine.ts";
import { openSqliteStore } from "../storage/sqlite/open.ts";
import type { Store } from "../workflow/ports/store.ts";
import type { CompiledGraph } from "./graph.ts";
import { langGraphWorkflow, type LangGraphOptions } from "./workflow.ts";

const USER = "ann";
let directory: string;
let store: Store;
let engines: TestEngine[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "chatter-graph-"));
  store = await openSqliteStore(directory, { exclusive: true });
  engines = [];
});
afterEach(async () => {
  for (const engine of engines) await engine.executor.handOver();
  await store.close();
  rmSync(directory, { recursive: true });
});

/** An engine whose workflow `graph` is this graph. */
async function start(
  graph: CompiledGraph,
  options: Partial<LangGraphOptions> = {},
): Promise<TestEngine> {
  const engine = composeTestEngine(store, {
    provider: createScriptedProvider(() => textAnswer("not asked")),
    workflows: [langGraphWorkflow(graph, { name: "graph", ...options })],
  });
  engines.push(engine);
  await engine.start();
  return engine;
}

async function collect(events: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const all: RunEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

function ask(engine: TestEngine, message = "1 + 2?", options: object = {}): Promise<RunEvent[]> {
  return collect(engine.service.stream(USER, { message, workflow: "graph", ...options }));
}

/** An event in short: what matters of it. */
function brief(event: RunEvent): string {
  if (event.type === "token") return `token ${event.content}`;
  if (event.type === "step") return `${event.node} ${event.status}`;
  if (event.type === "end") return `end ${event.status}`;
  if (event.type === "tool_call") {
    return `call ${event.tool_call_id} ${event.name} ${JSON.stringify(event.arguments)}`;
  }
  if (event.type !== "tool_result") return event.type;
  return `result ${event.tool_call_id} ${event.status} ${event.content}`;
}

function inShort(events: readonly RunEvent[]): string[] {
  return events.map(brief);
}

function only<T extends RunEvent["type"]>(
  events: readonly RunEvent[],
  type: T,
): Extract<RunEvent, { type: T }> {
  const found = events.find((event) => event.type === type);
  if (!found) throw new Error(`no ${type} in ${inShort(events).join(", ")}`);
  return found as Extract<RunEvent, { type: T }>;
}

describe("a graph with a tool loop", () => {
  it("is streamed and stored like any workflow", async () => {
    const engine = await start(compileAdder(new PlayingModel(addAndAnswer)));
    const events = await ask(engine);
    expect(inShort(events)).toEqual([
      "start",
      "memory started",
      "memory finished",
      "model started",
      "token Let me see. ",
      "model finished",
      "tools started",
      'call call_0 add {"a":1,"b":2}',
      "result call_0 ok 3",
      "tools finished",
      "model started",
      "token It is ",
      "token 3.",
      "model finished",
      "usage",
      "message",
      "end completed",
    ]);
    expect(only(events, "message")).toMatchObject({
      content: "Let me see. It is 3.",
      status: "complete",
      tool_calls: [{ tool_call_id: "call_0", name: "add", status: "ok", content: "3" }],
      usage: { input_tokens: 5, output_tokens: 2, total_tokens: 7, model_calls: 2, tool_calls: 1 },
    });
  });

  it("gets the window of the conversation, the plan's words and the summary", async () => {
    const model = new PlayingModel(addAndAnswer);
    const engine = await start(compileAdder(model));
    const { conversation_id } = only(await ask(engine, "First?"), "start");
    await ask(engine, "Second?", { conversation_id, system_prompt_override: "Be brief." });
    const seen = model.asked[2]?.map((message) => `${message.getType()}: ${message.text}`);
    expect(seen).toEqual([
      "system: Be brief.",
      "human: First?",
      "ai: ",
      "tool: 3",
      "ai: Let me see. It is 3.",
      "human: Second?",
    ]);
  });

  it("gets only the newest message where its checkpointer knows the conversation", async () => {
    const model = new PlayingModel(addAndAnswer);
    const engine = await start(compileAdder(model, { checkpointer: new MemorySaver() }));
    const { conversation_id } = only(await ask(engine, "First?"), "start");
    await ask(engine, "Second?", { conversation_id });
    // As the thread knows it: what was said before the tool was called stands where it was said.
    expect(model.asked[2]?.map((message) => message.text)).toEqual([
      "First?",
      "Let me see. ",
      "3",
      "It is 3.",
      "Second?",
    ]);
  });

  it("keeps a branch out of the thread of another", async () => {
    const model = new PlayingModel(addAndAnswer);
    const engine = await start(compileAdder(model, { checkpointer: new MemorySaver() }));
    const first = await ask(engine, "First?");
    const { conversation_id } = only(first, "start");
    await ask(engine, "Second?", { conversation_id });
    const parent_id = only(first, "message").id;
    const branched = await ask(engine, "Instead?", { conversation_id, parent_id });
    expect(only(branched, "end").status).toBe("completed");
    const seen = model.asked[4]?.map((message) => message.text);
    expect(seen).toEqual(["First?", "", "3", "Let me see. It is 3.", "Instead?"]);
    const parent = only(branched, "message").id;
    await ask(engine, "And then?", { conversation_id, parent_id: parent });
    expect(model.asked[6]?.map((message) => message.text).slice(-3)).toEqual([
      "3",
      "It is 3.",
      "And then?",
    ]);
  });

  it("is cancelled: its signal aborts, what it said is kept, its open call gets a result", async () => {
    let aborted = false;
    const graph = compileAdder(new PlayingModel(addAndAnswer), {
      add: () => new Promise(() => undefined),
    });
    const engine = await start(graph);
    const { run } = await engine.service.send(USER, { message: "1 + 2?", workflow: "graph" }, null);
    const never = new AbortController().signal;
    const reader = engine.service.follow(run, never);
    const events: RunEvent[] = [];
    for (let entries = await reader.next(); entries; entries = await reader.next()) {
      events.push(...entries.map(({ json }): RunEvent => JSON.parse(json)));
      if (!aborted && events.some(({ type }) => type === "tool_call")) {
        aborted = true;
        await engine.service.cancel(USER, run.id);
      }
    }
    expect(inShort(events).slice(-5)).toEqual([
      "result call_0 error The answer was stopped before the tool had a result.",
      "tools finished",
      "usage",
      "message",
      "end cancelled",
    ]);
    expect(only(events, "message")).toMatchObject({ status: "partial", content: "Let me see. " });
  });

  it("goes on from its last checkpoint when its server has died: the tool runs once", async () => {
    let added = 0;
    const checkpointer = new MemorySaver();
    const add = (a: number, b: number): Promise<number> => {
      added++;
      return Promise.resolve(a + b);
    };
    const stuck = new PlayingModel(addAndAnswer);
    const invoke = stuck.invoke.bind(stuck);
    // The model of the first server never gets over the tool's result.
    stuck.invoke = (...args) => (added > 0 ? new Promise<never>(() => undefined) : invoke(...args));
    const hanging = compileAdder(stuck, { checkpointer, add });
    const first = await start(hanging);
    const { run } = await first.service.send(USER, { message: "1 + 2?", workflow: "graph" }, null);
    await vi.waitFor(async () => {
      expect(added).toBe(1);
      const config = { configurable: { thread_id: run.conversation_id } };
      expect((await hanging.getState(config)).next).toEqual(["agent"]);
    });
    await first.die();

    const second = await start(compileAdder(new PlayingModel(addAndAnswer), { checkpointer, add }));
    const answer = await second.service.answer(
      { ...run, attempt: 2 },
      new AbortController().signal,
    );
    expect(answer?.message.content).toBe("It is 3.");
    expect(added).toBe(1);
  });
});

describe("other graphs", () => {
  function graphOf(node: () => object | Promise<object>): CompiledGraph {
    return new StateGraph(MessagesAnnotation)
      .addNode("only", node)
      .addEdge(START, "only")
      .compile();
  }

  it("that say a whole message at once are one token", async () => {
    const engine = await start(graphOf(() => ({ messages: [new AIMessage("All of it.")] })));
    const events = await ask(engine);
    expect(inShort(events).filter((line) => line.startsWith("token"))).toEqual([
      "token All of it.",
    ]);
    expect(only(events, "message").content).toBe("All of it.");
  });

  it("may think: reasoning is told apart from the answer", async () => {
    const content = [
      { type: "reasoning", reasoning: "Hm." },
      { type: "text", text: "Yes." },
    ];
    const engine = await start(graphOf(() => ({ messages: [new AIMessage({ content })] })));
    expect(only(await ask(engine), "message")).toMatchObject({ content: "Yes.", reasoning: "Hm." });
  });

  it("do not show what their inner nodes say", async () => {
    const graph = new StateGraph(MessagesAnnotation)
      .addNode("plan", () => ({ messages: [new AIMessage("First I think.")] }))
      .addNode("say", () => ({ messages: [new AIMessage("Then I speak.")] }))
      .addEdge(START, "plan")
      .addEdge("plan", "say")
      .compile();
    const engine = await start(graph, { innerNodes: ["plan"] });
    expect(only(await ask(engine), "message").content).toBe("Then I speak.");
  });

  it("get the fields of the state that they have channels for", async () => {
    const Shared = Annotation.Root({ ...MessagesAnnotation.spec, user_id: Annotation<string>() });
    const graph = new StateGraph(Shared)
      .addNode("only", ({ user_id }) => ({ messages: [new AIMessage(`Hello ${user_id}.`)] }))
      .addEdge(START, "only")
      .compile();
    expect(only(await ask(await start(graph)), "message").content).toBe("Hello ann.");
  });

  it("that fail end the run in order, with every call answered", async () => {
    const graph = compileAdder(
      new PlayingModel(function* (messages, call) {
        if (messages.at(-1)?.getType() === "tool") throw new Error("a secret");
        yield* addAndAnswer(messages, call);
      }),
    );
    const events = await ask(await start(graph));
    expect(inShort(events).slice(-4)).toEqual(["usage", "message", "error", "end failed"]);
    expect(only(events, "error")).toMatchObject({ code: "WORKFLOW_EXECUTION_ERROR" });
    expect(JSON.stringify(events)).not.toContain("a secret");
    expect(events.filter(({ type }) => type === "tool_result")).toHaveLength(1);
  });

  it("that say nothing, or ask a person, fail and say why", async () => {
    const silent = await start(graphOf(() => ({ messages: [] })));
    expect(only(await ask(silent), "error").detail).toContain("without an answer");
    await silent.stop();
    const asking = new StateGraph(MessagesAnnotation)
      .addNode("only", () => ({ messages: [new AIMessage(String(interrupt("May I?")))] }))
      .addEdge(START, "only")
      .compile({ checkpointer: new MemorySaver() });
    expect(only(await ask(await start(asking)), "error").detail).toContain("interrupted");
  });
});
