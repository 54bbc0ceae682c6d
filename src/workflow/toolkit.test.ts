import { describe, expect, it } from "vitest";
import type { RunPlan } from "../contract/runs.ts";
import { createScriptedProvider, textAnswer, toolCallAnswer } from "../providers/scripted.ts";
import { defineWorkflow, type WorkflowInput } from "./definition.ts";
import type { Retriever } from "./ports/retrieval.ts";
import { withTools } from "./testing/plans.ts";
import { callIdsOf, resultsOf, run, type RunOptions, stepsOf, textOf } from "./testing/run.ts";
import { call, echoCalls, tool } from "./testing/tools.ts";

/** Runs a workflow of one's own with the tool `echo`. */
function runOwn(
  steps: WorkflowInput["run"],
  provider = createScriptedProvider(() => textAnswer("Yes.")),
  options: RunOptions = {},
) {
  const definition = defineWorkflow({ name: "own", required: ["tools"], run: steps });
  return run(provider, {
    tools: [tool("echo"), tool("secret")],
    ...options,
    plan: { ...withTools(["echo"], { max_tool_calls: 3 }), workflow: "own", ...options.plan },
    compiled: { definition },
  });
}

describe("a workflow of one's own", () => {
  it("begins behind the memory step, and its events are the run's", async () => {
    const { events, state } = await runOwn(async function* (state) {
      yield { type: "token", content: `I heard: ${state.messages.at(-1)?.content}`, node: "model" };
      return { ...state, metadata: { mine: "yes" } };
    });
    expect(stepsOf(events)).toEqual(["memory started", "memory finished"]);
    expect(textOf(events)).toBe("I heard: Why?");
    expect(state?.metadata).toEqual({ mine: "yes" });
  });

  it("knows its run", async () => {
    const seen: unknown[] = [];
    const { signal } = new AbortController();
    await runOwn(
      // oxlint-disable-next-line eslint/require-yield -- it has nothing to say.
      async function* (state, { runId, attempt, plan, signal }) {
        seen.push(runId, attempt, plan.workflow, signal);
        return state;
      },
      undefined,
      { attempt: 2, signal },
    );
    expect(seen).toEqual(["run_1", 2, "own", signal]);
  });

  it("that throws fails the run with what it threw", async () => {
    const reason = new Error("no idea");
    // oxlint-disable-next-line eslint/require-yield -- it fails before its first event.
    const { error } = await runOwn(async function* () {
      throw reason;
    });
    expect(error).toBe(reason);
  });
});

describe("its steps", () => {
  it("callModel streams what the model says, with the plan's tools or without", async () => {
    const provider = createScriptedProvider((request) => textAnswer(`${request.tools.length} `));
    const { events } = await runOwn(async function* (state, steps) {
      yield* steps.callModel(state);
      yield* steps.callModel(state, { tools: true });
      yield* steps.callModel(state, { tools: false });
      return state;
    }, provider);
    expect(textOf(events)).toBe("1 1 0 ");
    expect(provider.requests).toHaveLength(3);
  });

  it("useTools answers each call once, within the permissions and the limit of the plan", async () => {
    const { events, state, meter } = await runOwn(async function* (state, steps) {
      const turn = { content: "", calls: [call("a", "echo"), call("b", "secret")] };
      const more = { content: "", calls: echoCalls(2) };
      return yield* steps.useTools(yield* steps.useTools(state, turn), more);
    });
    const statuses = new Map(resultsOf(events).map((each) => [each.tool_call_id, each.status]));
    expect(callIdsOf(events).map((id) => statuses.get(id))).toEqual([
      "ok",
      "denied",
      "ok",
      "limit",
    ]);
    expect(state?.messages.map(({ role }) => role)).toEqual([
      "user",
      "assistant",
      "tool",
      "tool",
      "assistant",
      "tool",
      "tool",
    ]);
    expect(meter.usage.tool_calls).toBe(4);
  });

  it("converse goes on until there is an answer", async () => {
    const provider = createScriptedProvider((_request, index) =>
      index === 0 ? toolCallAnswer(echoCalls(1)) : textAnswer("Done."),
    );
    const { events, state } = await runOwn((state, steps) => steps.converse(state), provider);
    expect(callIdsOf(events)).toEqual(["call_1"]);
    expect(state?.messages.at(-1)).toEqual({ role: "assistant", content: "Done." });
  });

  it("retrieve finds passages, for the model and for the workflow", async () => {
    const provider = createScriptedProvider(() => textAnswer("Yes."));
    const retriever: Retriever = { retrieve: () => Promise.resolve([]) };
    const retrieval: RunPlan["retrieval"] = {
      retriever: "default",
      document_ids: null,
      max_documents: 1,
      similarity_threshold: null,
    };
    const { state } = await runOwn(
      async function* (state, steps) {
        const found = yield* steps.retrieve(state);
        yield* steps.callModel(found);
        return found;
      },
      provider,
      { plan: { retrieval }, ports: { retriever } },
    );
    expect(state?.retrieval_context).toMatchObject({ query: "Why?", citations: [] });
    expect(provider.requests[0]?.messages[0]?.content).toContain("found nothing");
  });

  it("tools gives the plan's tools themselves, each time the same", async () => {
    const seen: unknown[] = [];
    await runOwn(
      // oxlint-disable-next-line eslint/require-yield -- it has nothing to say.
      async function* (state, steps) {
        const [first] = await steps.tools();
        const [second] = await steps.tools();
        seen.push(first?.name, first === second, (await steps.tools()).length);
        return state;
      },
    );
    expect(seen).toEqual(["echo", true, 1]);
  });

  it("countUsage adds what was used elsewhere to what the run has used", async () => {
    const provider = createScriptedProvider(() => textAnswer("Yes.", { input_tokens: 3 }));
    const { meter } = await runOwn(async function* (state, steps) {
      yield* steps.callModel(state);
      steps.countUsage({ input_tokens: 4, cost_usd: 0.5, model_calls: 2 });
      return state;
    }, provider);
    expect(meter.usage).toMatchObject({
      input_tokens: 7,
      output_tokens: null,
      cost_usd: 0.5,
      model_calls: 3,
    });
  });
});
