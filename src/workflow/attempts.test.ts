/** A later attempt: what was done is shown again, what was left undone is done, and nothing is done twice. */
import { describe, expect, it } from "vitest";
import {
  createScriptedProvider,
  hang,
  type Script,
  type ScriptedProvider,
  textAnswer,
  toolCallAnswer,
} from "../providers/scripted.ts";
import { defineWorkflow, type WorkflowDefinition } from "./definition.ts";
import { withTools } from "./testing/plans.ts";
import {
  callIdsOf,
  type Outcome,
  resultsOf,
  run,
  type RunOptions,
  textOf,
  TurnNotes,
} from "./testing/run.ts";
import { call, echoCalls, tool } from "./testing/tools.ts";

/** One run over several attempts: its turns are kept, and what its tools really did. */
function crashing(options: { limit?: number; definition?: WorkflowDefinition } = {}) {
  const turns = new TurnNotes();
  const done: string[] = [];
  let attempt = 0;
  /** Runs the next attempt; it dies where its script says so, or in the call `dieAt`. */
  async function next(
    script: Script,
    more: RunOptions & { dieAt?: string } = {},
  ): Promise<Outcome & { provider: ScriptedProvider }> {
    attempt++;
    const provider = createScriptedProvider(script);
    const death = new AbortController();
    const echo = tool("echo", (args, { toolCallId }) => {
      if (more.dieAt === toolCallId) {
        // The calls beside it come to their end before.
        setTimeout(() => death.abort(new Error("the server died")), 5);
        return hang(death.signal);
      }
      done.push(toolCallId);
      return Promise.resolve(`${JSON.stringify(args)} in attempt ${attempt}`);
    });
    const outcome = await run(provider, {
      plan: {
        ...withTools(["echo"], { max_tool_calls: options.limit ?? 5 }),
        ...(options.definition && { workflow: options.definition.name }),
      },
      tools: [echo],
      attempt,
      signal: death.signal,
      ports: { turns },
      compiled: { definition: options.definition ?? null },
      ...more,
    });
    return { ...outcome, provider };
  }
  return { next, turns, done };
}

/** Plays so many model calls of a script; in the next one the server dies. */
const dyingAfter =
  (modelCalls: number, script: Script): Script =>
  (request, index, signal) => {
    if (index >= modelCalls) throw new Error("the server died");
    return script(request, index, signal);
  };

/** Asks for one call after the other, as many as there are; then answers. */
const inSequence =
  (count: number, from = 0): Script =>
  (_request, index) =>
    from + index < count ? toolCallAnswer(echoCalls(1, from + index)) : textAnswer("Done.");

describe("a later attempt of a run with tools", () => {
  it("shows the finished turns again, without a model and without a tool, and goes on behind them", async () => {
    const { next, done } = crashing();
    const first = await next(dyingAfter(2, inSequence(5)));
    expect(first.error).not.toBeNull();
    expect(done).toEqual(["call_1", "call_2"]);

    const second = await next(inSequence(3, 2));
    expect(second.error).toBeNull();
    expect(done).toEqual(["call_1", "call_2", "call_3"]);
    expect(callIdsOf(second.events)).toEqual(["call_1", "call_2", "call_3"]);
    expect(resultsOf(second.events).map(({ content }) => content)).toEqual([
      '{"n":1} in attempt 1',
      '{"n":2} in attempt 1',
      '{"n":3} in attempt 2',
    ]);
    // The model of this attempt is asked for what comes next, and sees all that was done.
    expect(second.provider.requests).toHaveLength(2);
    expect(second.provider.requests[0]?.messages.map(({ role }) => role)).toEqual([
      "user",
      "assistant",
      "tool",
      "assistant",
      "tool",
    ]);
    expect(second.state?.tool_calls).toHaveLength(3);
    expect(second.meter.usage.tool_calls).toBe(3);
  });

  it("shows again what the model said beside its calls", async () => {
    const { next } = crashing();
    const asking: Script = () => [
      { type: "text", text: "Let me see. " },
      ...toolCallAnswer(echoCalls(1)),
    ];
    await next(dyingAfter(1, asking));
    const second = await next(() => textAnswer("Done."));
    expect(textOf(second.events)).toBe("Let me see. Done.");
    expect(second.provider.requests[0]?.messages[1]).toMatchObject({ content: "Let me see. " });
  });

  it("finishes a turn that was cut off between its calls: only the ones without a result run", async () => {
    const { next, turns, done } = crashing();
    await next(() => toolCallAnswer(echoCalls(3)), { dieAt: "call_2" });
    expect(done).toEqual(["call_1", "call_3"]);
    expect([...(turns.turns[0]?.answers.keys() ?? [])]).toEqual([0, 2]);

    const second = await next(() => textAnswer("Done."));
    expect(done).toEqual(["call_1", "call_3", "call_2"]);
    expect(callIdsOf(second.events)).toEqual(["call_1", "call_2", "call_3"]);
    expect(resultsOf(second.events)).toHaveLength(3);
    expect(second.provider.requests).toHaveLength(1);
    expect(second.state?.tool_calls.map(({ tool_call_id }) => tool_call_id)).toEqual([
      "call_1",
      "call_2",
      "call_3",
    ]);
  });

  it("counts what earlier attempts did against the one limit", async () => {
    const { next, done } = crashing({ limit: 3 });
    await next(dyingAfter(2, inSequence(5)));
    const second = await next((request, index) =>
      request.tools.length > 0 ? toolCallAnswer(echoCalls(2, 2 + index)) : textAnswer("Done."),
    );
    expect(done).toHaveLength(3);
    expect(second.state?.tool_calls.map(({ status }) => status)).toEqual([
      "ok",
      "ok",
      "ok",
      "limit",
    ]);
    expect(second.provider.requests.map(({ tools }) => tools.length)).toEqual([1, 0]);
  });

  it("keeps what failed, was denied or was over the limit as it was", async () => {
    const { next } = crashing({ limit: 2 });
    const calls = [call("a", "fly"), call("b", "echo"), call("c", "echo")];
    const first = await next(dyingAfter(1, () => toolCallAnswer(calls)));
    const second = await next(() => textAnswer("Done."));
    const inOrder = (outcome: Outcome) =>
      resultsOf(outcome.events).toSorted((a, b) => (a.tool_call_id < b.tool_call_id ? -1 : 1));
    expect(inOrder(second).map(({ status }) => status)).toEqual(["error", "ok", "limit"]);
    expect(inOrder(second)).toEqual(inOrder(first));
  });

  it("begins anew where nothing had been recorded", async () => {
    const { next, turns } = crashing();
    await next(dyingAfter(0, inSequence(1)));
    expect(turns.turns).toEqual([]);
    const second = await next(inSequence(1));
    expect(callIdsOf(second.events)).toEqual(["call_1"]);
  });

  it("can follow on any number of others", async () => {
    const { next, done } = crashing();
    for (let attempt = 1; attempt <= 4; attempt++) {
      await next(dyingAfter(1, inSequence(attempt, attempt - 1)));
    }
    const last = await next(() => textAnswer("Done."));
    expect(done).toEqual(["call_1", "call_2", "call_3", "call_4"]);
    expect(callIdsOf(last.events)).toEqual(done);
  });
});

/** A workflow that looks something up by itself, and then converses. */
const lookThenConverse = defineWorkflow({
  name: "look-then-converse",
  required: ["tools"],
  run: async function* (state, steps) {
    const looked = { content: "", calls: [call("look", "echo", { n: 0 })] };
    const first = yield* steps.useTools(state, looked);
    const second = yield* steps.converse(first);
    return yield* steps.converse({
      ...second,
      messages: [...second.messages, { role: "user", content: "Check it." }],
    });
  },
});

describe("a later attempt of a workflow of one's own", () => {
  it("gives each of its steps back what that one did, and nothing of another", async () => {
    const { next, turns, done } = crashing({ definition: lookThenConverse });
    const first = await next(
      dyingAfter(3, (_request, index) =>
        index === 1 ? textAnswer("First.") : toolCallAnswer(echoCalls(1, index / 2)),
      ),
    );
    expect(callIdsOf(first.events)).toEqual(["look", "call_1", "call_2"]);
    expect(turns.turns.map(({ calls }) => calls[0]?.tool_call_id)).toEqual([
      "look",
      "call_1",
      undefined,
      "call_2",
    ]);

    const second = await next(() => textAnswer("Second."));
    expect(second.error).toBeNull();
    expect(done).toEqual(["look", "call_1", "call_2"]);
    expect(callIdsOf(second.events)).toEqual(done);
    expect(resultsOf(second.events)).toEqual(resultsOf(first.events));
    expect(textOf(second.events)).toBe("First.Second.");
    // What the model has said once it is not asked again.
    expect(second.provider.requests).toHaveLength(1);
    // The second conversation's turn stands behind the words that it answers.
    expect(second.provider.requests[0]?.messages.map(({ role }) => role)).toEqual([
      "user",
      "assistant",
      "tool",
      "assistant",
      "tool",
      "assistant",
      "user",
      "assistant",
      "tool",
    ]);
  });

  it("asks no model again for what it has said, and runs no tool twice", async () => {
    const askAndUse = defineWorkflow({
      name: "ask-and-use",
      required: ["tools"],
      run: async function* (state, steps) {
        const turn = yield* steps.callModel(state);
        const used = yield* steps.useTools(state, turn);
        const { content } = yield* steps.callModel(used, { tools: false });
        return { ...used, messages: [...used.messages, { role: "assistant", content }] };
      },
    });
    const { next, done } = crashing({ definition: askAndUse });
    await next(dyingAfter(1, inSequence(1)));
    const second = await next(() => textAnswer("Done."));
    expect(done).toEqual(["call_1"]);
    expect(second.provider.requests).toHaveLength(1);
    expect(second.provider.requests[0]?.tools).toEqual([]);
    expect(textOf(second.events)).toBe("Done.");
  });

  it("does a step of its own again where it now asks for something else", async () => {
    const lookAgain = defineWorkflow({
      name: "look-again",
      required: ["tools"],
      run: async function* (state, steps) {
        const calls = [call("look", "echo", { n: steps.attempt })];
        return yield* steps.converse(yield* steps.useTools(state, { content: "", calls }));
      },
    });
    const { next, done } = crashing({ definition: lookAgain });
    await next(dyingAfter(1, () => textAnswer("Never.")));
    const second = await next(() => textAnswer("Done."));
    expect(done).toEqual(["look", "look"]);
    expect(resultsOf(second.events)).toEqual([
      { tool_call_id: "look", status: "ok", content: '{"n":2} in attempt 2' },
    ]);
  });
});
