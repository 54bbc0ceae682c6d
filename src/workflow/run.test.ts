import { describe, expect, it } from "vitest";
import { createScriptedProvider, hang, textAnswer, toolCallAnswer } from "../providers/scripted.ts";
import { ProviderError } from "./errors.ts";
import type { Ask, Memory, MemoryQuery, Recall } from "./ports/memory.ts";
import { withTools } from "./testing/plans.ts";
import { finding, passage, RAG } from "./testing/retrieval.ts";
import { remembering, run, stepsOf, textOf } from "./testing/run.ts";
import { echoCalls, tool } from "./testing/tools.ts";

const yes = () => createScriptedProvider(() => textAnswer("Yes."));

describe("the plain workflow", () => {
  it("remembers, then asks the model, and streams what it says", async () => {
    const provider = createScriptedProvider(() => [
      { type: "reasoning", text: "Hm." },
      ...textAnswer("Because so."),
    ]);
    const { events, state } = await run(provider);
    expect(stepsOf(events)).toEqual([
      "memory started",
      "memory finished",
      "model started",
      "model finished",
    ]);
    expect(events.filter((event) => event.type !== "step")).toEqual([
      { type: "reasoning", content: "Hm." },
      { type: "token", content: "Because", node: "model" },
      { type: "token", content: " so.", node: "model" },
    ]);
    expect(state?.messages).toEqual([
      { role: "user", content: "Why?" },
      { role: "assistant", content: "Because so." },
    ]);
  });

  it("hands the plan's parameters to the model", async () => {
    const provider = yes();
    await run(provider, { plan: { model: "big", temperature: 0.5, max_tokens: 100 } });
    expect(provider.requests).toEqual([
      {
        model: "big",
        messages: [{ role: "user", content: "Why?" }],
        tools: [],
        temperature: 0.5,
        max_tokens: 100,
      },
    ]);
  });

  it("begins with one system message: the plan's words, the summary, the passages", async () => {
    const provider = yes();
    await run(provider, {
      plan: { ...RAG, system_message: "Be kind." },
      ports: {
        retriever: finding(passage("Facts.", "Book")),
        memory: remembering({ summary: "They spoke of cats." }),
      },
    });
    const [system, ...rest] = provider.requests[0]?.messages ?? [];
    expect(rest).toEqual([{ role: "user", content: "Why?" }]);
    expect(system?.role).toBe("system");
    expect(system?.content).toMatch(/^Be kind\.[^]+They spoke of cats\.[^]+Facts\./);
  });

  it("sends no system message where there is nothing to say", async () => {
    const provider = yes();
    await run(provider, { plan: { system_message: "" } });
    expect(provider.requests[0]?.messages.map(({ role }) => role)).toEqual(["user"]);
  });

  it("has all twelve fields of its state filled in", async () => {
    const memory = remembering({ summary: "Cats.", summarisedUntil: "msg_0" });
    const { state } = await run(yes(), {
      plan: { metadata: { team: "red" }, workflow_template: "t", a_b_test_group: "b" },
      ports: { memory },
    });
    expect(state).toEqual({
      messages: [
        { role: "user", content: "Why?" },
        { role: "assistant", content: "Yes." },
      ],
      user_id: "ann",
      conversation_id: "conv_1",
      retrieval_context: null,
      tool_calls: [],
      metadata: { team: "red" },
      conversation_summary: "Cats.",
      parent_conversation_id: null,
      branch_id: "br_1",
      memory_context: { window: 20, messages: 1, summarised_until: "msg_0", untrusted: false },
      workflow_template: "t",
      a_b_test_group: "b",
    });
  });

  it("names the step that failed, and keeps the cause", async () => {
    const cause = new Error("disk");
    const memory: Memory = { ...remembering(), recall: () => Promise.reject(cause) };
    const { error, events } = await run(yes(), { ports: { memory } });
    expect(error).toMatchObject({
      code: "WORKFLOW_EXECUTION_ERROR",
      details: { failed_step: "memory" },
      cause,
    });
    expect(stepsOf(events)).toEqual(["memory started"]);
  });

  it("takes a stream that ends without its end marker for an error", async () => {
    const provider = {
      ...createScriptedProvider(() => []),
      stream: async function* () {
        yield { type: "text", text: "Beca" } as const;
      },
    };
    const { error, events, state } = await run(provider);
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ code: "PROVIDER_ERROR", provider: "scripted" });
    expect(events).toContainEqual({ type: "token", content: "Beca", node: "model" });
    expect(state).toBeNull();
  });

  it("passes the reason of a cancelled run on as it is, and closes the stream", async () => {
    const controller = new AbortController();
    const reason = new Error("cancelled by its user");
    const provider = createScriptedProvider(async function* (_request, _index, signal) {
      yield { type: "text", text: "Be" };
      await hang(signal);
    });
    const { error } = await run(provider, {
      signal: controller.signal,
      onEvent: (event) => event.type === "token" && controller.abort(reason),
    });
    expect(error).toBe(reason);
    expect(provider.openStreams()).toBe(0);
  });

  it("keeps in mind who answered where it was not the plan's own model", async () => {
    const answeredBy = { provider: "cloud", model: "huge" };
    const provider = createScriptedProvider(() => [
      { type: "text", text: "Yes." },
      { type: "finish", reason: "stop", model: null, answeredBy },
    ]);
    expect((await run(provider)).meter.answeredBy).toEqual(answeredBy);
  });
});

/** Memory that is overdue until it is refreshed; it keeps what it was asked. */
function overdue(refresh: (ask: Ask) => Promise<boolean>) {
  const queries: (MemoryQuery & { readonly summarised?: boolean })[] = [];
  let fresh = false;
  const recalled = (): Partial<Recall> =>
    fresh ? { summary: "All of it." } : { overdue: true, summary: "Half of it." };
  const memory: Memory = {
    recall: (query) => {
      queries.push(query);
      return remembering(recalled()).recall(query);
    },
    refresh: async (query, ask) => {
      queries.push(query);
      fresh = await refresh(ask);
      return fresh;
    },
  };
  return { memory, queries };
}

describe("the memory step", () => {
  it("asks for the window of the plan, and for a summary only where the plan wants one", async () => {
    const seen: unknown[] = [];
    const memory: Memory = {
      ...remembering(),
      recall: (query) => {
        seen.push(query);
        return remembering().recall(query);
      },
    };
    for (const enable_memory of [false, true]) {
      await run(yes(), { plan: { memory_window: 7, enable_memory }, ports: { memory } });
    }
    const query = { userId: "ann", conversationId: "conv_1", leafId: "msg_1", window: 7 };
    expect(seen).toEqual([
      { ...query, summarised: false },
      { ...query, summarised: true },
    ]);
  });

  it("trap B6: makes an overdue summary first, which no client sees and the model reads", async () => {
    const asked = [{ role: "user", content: "Sum it up." }] as const;
    const said: string[] = [];
    const { memory } = overdue(async (ask) => {
      said.push(await ask(asked));
      return true;
    });
    const provider = createScriptedProvider((request) =>
      request.messages === asked
        ? textAnswer("SECRET SUMMARY", { output_tokens: 3 })
        : textAnswer("Yes.", { output_tokens: 1 }),
    );
    const { events, state, meter } = await run(provider, {
      plan: { enable_memory: true, temperature: 1, model: "big" },
      ports: { memory },
    });
    expect(said).toEqual(["SECRET SUMMARY"]);
    expect(JSON.stringify(events)).not.toContain("SECRET");
    expect(textOf(events)).toBe("Yes.");
    expect(stepsOf(events)[0]).toBe("memory started");
    expect(state?.conversation_summary).toBe("All of it.");
    expect(provider.requests.map(({ model, tools }) => ({ model, tools }))).toEqual([
      { model: "big", tools: [] },
      { model: "big", tools: [] },
    ]);
    // What it cost is the run's all the same.
    expect(meter.usage).toMatchObject({ model_calls: 2, output_tokens: 4 });
  });

  it("goes on with the old summary when a new one cannot be made, and says so", async () => {
    const gone = new Error("the model is gone");
    const { memory } = overdue(() => Promise.reject(gone));
    const { state, error, setbacks } = await run(yes(), {
      plan: { enable_memory: true },
      ports: { memory },
    });
    expect(error).toBeNull();
    expect(setbacks).toEqual([gone]);
    expect(state?.conversation_summary).toBe("Half of it.");
  });

  it("takes no summary from a stream that was cut off", async () => {
    const { memory } = overdue(async (ask) => (await ask([])) !== "");
    const provider = {
      ...yes(),
      stream: async function* () {
        yield { type: "text", text: "Half a summ" } as const;
      },
    };
    const { setbacks } = await run(provider, { plan: { enable_memory: true }, ports: { memory } });
    expect(setbacks).toMatchObject([{ code: "PROVIDER_ERROR" }]);
  });

  it("ends with the run when it is cancelled while a summary is made", async () => {
    const controller = new AbortController();
    const reason = new Error("cancelled by its user");
    const provider = createScriptedProvider(async function* (_request, _index, signal) {
      yield { type: "text", text: "Su" };
      controller.abort(reason);
      await hang(signal);
    });
    const { memory } = overdue(async (ask) => (await ask([])) !== "");
    const outcome = await run(provider, {
      plan: { enable_memory: true },
      ports: { memory },
      signal: controller.signal,
    });
    expect(outcome).toMatchObject({ error: reason, setbacks: [] });
    expect(provider.openStreams()).toBe(0);
  });
});

describe("the full workflow", () => {
  it("retrieves once, then goes between model and tools", async () => {
    const provider = createScriptedProvider((_request, index) =>
      index < 2 ? toolCallAnswer(echoCalls(1, index)) : textAnswer("Done."),
    );
    const { events } = await run(provider, {
      plan: { ...RAG, ...withTools(["echo"]), workflow: "full" },
      tools: [tool("echo")],
      ports: { retriever: finding(passage("Facts.", "Book")) },
    });
    const started = stepsOf(events).filter((step) => step.endsWith("started"));
    expect(started.map((step) => step.split(" ")[0])).toEqual([
      "memory",
      "retrieve",
      "model",
      "tools",
      "model",
      "tools",
      "model",
    ]);
    for (const request of provider.requests) {
      expect(request.messages[0]?.content).toContain("Facts.");
    }
  });
});

describe("the usage of a run", () => {
  const TOOLS = { plan: withTools(["echo"]), tools: [tool("echo")] };

  it("is the sum of its model calls; what nobody reports stays null", async () => {
    const provider = createScriptedProvider((_request, index) =>
      index === 0
        ? toolCallAnswer(echoCalls(2), { input_tokens: 10, output_tokens: 1 })
        : textAnswer("Done.", { input_tokens: 20, cost_usd: 0.5 }),
    );
    const { meter } = await run(provider, TOOLS);
    expect(meter.usage).toEqual({
      input_tokens: 30,
      output_tokens: 1,
      total_tokens: null,
      cached_input_tokens: null,
      reasoning_tokens: null,
      cost_usd: 0.5,
      model_calls: 2,
      tool_calls: 2,
    });
  });

  it("is known also when the run fails half-way", async () => {
    const provider = createScriptedProvider((_request, index) => {
      if (index === 1) throw new Error("gone");
      return toolCallAnswer(echoCalls(1), { input_tokens: 10 });
    });
    const { meter, error } = await run(provider, TOOLS);
    expect(error).toMatchObject({ details: { failed_step: "model" } });
    expect(meter.usage).toMatchObject({ input_tokens: 10, model_calls: 2, tool_calls: 1 });
  });
});
