import { describe, expect, it } from "vitest";
import {
  createScriptedProvider,
  hang,
  type Script,
  textAnswer,
  toolCallAnswer,
} from "../providers/scripted.ts";
import { defineWorkflow, type WorkflowDefinition, type WorkflowInput } from "./definition.ts";
import { NotFoundError } from "./errors.ts";
import type { Tool } from "./ports/tools.ts";
import { withTools } from "./testing/plans.ts";
import {
  callIdsOf,
  type Outcome,
  resultsOf,
  run,
  type RunOptions,
  stepsOf,
  textOf,
  TurnNotes,
} from "./testing/run.ts";
import { call, tool } from "./testing/tools.ts";

type Run = WorkflowInput["run"];

const define = (run: Run): WorkflowDefinition =>
  defineWorkflow({ name: "review", required: ["tools"], run });

/** Runs a workflow of its own with the tool `echo`. */
async function runOwn(script: Script, steps: Run, options: RunOptions = {}) {
  const provider = createScriptedProvider(script);
  const plan = { ...withTools(["echo"]), workflow: "review", ...options.plan };
  const compiled = { definition: define(steps) };
  const outcome = await run(provider, { tools: [tool("echo")], ...options, plan, compiled });
  return { ...outcome, provider };
}

/** Asks for one call under an id that is never the same again, as real models do; answers once it has a result. */
let ids = 0;
const asksOnce: Script = ({ messages, tools }) =>
  messages.at(-1)?.role === "tool" || tools.length === 0
    ? textAnswer("Done.")
    : toolCallAnswer([call(`call_${++ids}`, "echo", { n: 1 })]);

const turns: Run = async function* (state, steps) {
  let current = state;
  for (;;) {
    const turn = yield* steps.callModel(current);
    if (turn.calls.length === 0) {
      return { ...current, messages: [...current.messages, { role: "assistant", ...turn }] };
    }
    current = yield* steps.useTools(current, turn);
  }
};

describe("the steps of a workflow of one's own", () => {
  it("call the model, and its tools, as the loop does", async () => {
    const { events, state, meter, provider } = await runOwn(asksOnce, turns);
    expect(stepsOf(events).slice(2)).toEqual([
      "model started",
      "model finished",
      "tools started",
      "tools finished",
      "model started",
      "model finished",
    ]);
    expect(resultsOf(events)).toMatchObject([{ status: "ok", content: '{"n":1}' }]);
    expect(textOf(events)).toBe("Done.");
    expect(state?.tool_calls).toHaveLength(1);
    expect(meter.usage).toMatchObject({ model_calls: 2, tool_calls: 1 });
    expect(provider.requests[0]?.tools.map(({ name }) => name)).toEqual(["echo"]);
  });

  it("call the model without tools where they say so", async () => {
    const { provider, events } = await runOwn(asksOnce, async function* (state, steps) {
      yield* steps.callModel(state, { tools: false });
      return state;
    });
    expect(provider.requests.map(({ tools }) => tools)).toEqual([[]]);
    expect(textOf(events)).toBe("Done.");
  });

  it("keep to the limits of the plan", async () => {
    const { events } = await runOwn(
      (request, index) =>
        index === 0
          ? toolCallAnswer([1, 2, 3].map((n) => call(`call_${n}`, "echo", { n })))
          : asksOnce(request, index, new AbortController().signal),
      turns,
      { plan: withTools(["echo"], { max_tool_calls: 2 }) },
    );
    expect(
      resultsOf(events)
        .map(({ status }) => status)
        .toSorted(),
    ).toEqual(["limit", "ok", "ok"]);
  });

  it("refuse tools that the workflow does not require", async () => {
    const { error } = await runOwn(
      asksOnce,
      async function* (state, steps) {
        return yield* steps.useTools(state, { content: "", calls: [call("call_x", "echo")] });
      },
      { plan: { tools: null } },
    );
    expect(error).toMatchObject({
      code: "WORKFLOW_CONFIG_ERROR",
      message: expect.stringContaining('required: ["tools"]'),
    });
  });

  it("offer the tools themselves, and count what another model has used", async () => {
    const { meter, events } = await runOwn(asksOnce, async function* (state, steps) {
      const [echo] = await steps.tools();
      steps.countUsage({ input_tokens: 3, model_calls: 1 }, { provider: "own", model: "big" });
      steps.countUsage({ input_tokens: 4, output_tokens: 1, model_calls: 1 });
      yield { type: "token", content: echo?.name ?? "", node: "model" };
      return state;
    });
    expect(textOf(events)).toBe("echo");
    expect(meter).toMatchObject({
      usage: { input_tokens: 7, output_tokens: 1, total_tokens: null, model_calls: 2 },
      answeredBy: { provider: "own", model: "big" },
    });
  });
});

describe("tools that a workflow calls by itself", () => {
  it("look into the documents of the request and no others, whatever the workflow says", async () => {
    const seen: unknown[] = [];
    const looking = tool("echo", (_args, { documentIds }) => {
      seen.push(documentIds);
      return Promise.resolve("");
    });
    const context = {
      userId: "ann",
      conversationId: "c",
      runId: "r",
      toolCallId: "t",
      ask: null,
      allowedTools: null,
    };
    const { error } = await runOwn(
      asksOnce,
      // oxlint-disable-next-line eslint/require-yield -- it has nothing to say.
      async function* (state, steps) {
        const [own] = await steps.tools();
        await own?.execute({}, { ...context, documentIds: ["doc_9"] }, steps.signal);
        return state;
      },
      {
        tools: [looking],
        plan: {
          retrieval: {
            retriever: "default",
            document_ids: ["doc_1"],
            max_documents: 5,
            similarity_threshold: null,
            required: true,
          },
        },
      },
    );
    expect(error).toBeNull();
    expect(seen).toEqual([["doc_1"]]);
  });

  const mail = { ...tool("mail"), effect: "outside" as const, trusted: false };

  function callsTwice(mails: Tool) {
    return runOwn(
      asksOnce,
      async function* (state, steps) {
        const [own] = await steps.tools();
        const { signal } = new AbortController();
        const context = {
          userId: "ann",
          conversationId: "c",
          runId: "r",
          toolCallId: "t",
          allowedTools: null,
          ask: null,
        };
        for (let count = 0; count < 2; count++) {
          const output = await own?.execute({ count }, context, signal);
          yield { type: "token", content: `${JSON.stringify(output)} `, node: "model" };
        }
        return state;
      },
      { tools: [mails], plan: withTools(["mail"]) },
    );
  }

  it("are refused once a person would have to agree: nobody can be asked there", async () => {
    const { error, events, meter } = await callsTwice(mail);
    // The first result was written by others, and so the second call needs somebody.
    expect(textOf(events)).toBe(`${JSON.stringify('{"count":0}')} `);
    expect(error).toMatchObject({
      message: expect.stringContaining('A person has to agree before "mail" runs') as unknown,
    });
    expect(meter.untrusted).toBe(true);
  });

  it("are called as often as the workflow likes where nobody has to agree", async () => {
    expect((await callsTwice({ ...mail, approval: "never" })).error).toBeNull();
  });
});

describe("a workflow that goes wrong", () => {
  it.each<[what: string, run: unknown, message: RegExp]>([
    ["is no generator", async () => null, /"review" must be written as an async generator/],
    ["forgets its state", async function* () {}, /"review" ended without a state/],
    [
      "throws",
      // oxlint-disable-next-line eslint/require-yield -- it does not get that far.
      async function* () {
        throw new TypeError("a secret");
      },
      /^The workflow "review" failed\.$/,
    ],
  ])("fails its run in words that lead to it when it %s", async (_what, steps, message) => {
    const { error } = await runOwn(asksOnce, steps as Run);
    expect(error).toMatchObject({
      code: "WORKFLOW_EXECUTION_ERROR",
      message: expect.stringMatching(message),
    });
  });

  it("fails with its own error where that has a code", async () => {
    const own = new NotFoundError("The ticket");
    // oxlint-disable-next-line eslint/require-yield -- it does not get that far.
    const { error } = await runOwn(asksOnce, async function* () {
      throw own;
    });
    expect(error).toBe(own);
  });

  it("ends with the reason of its run's end when it is stopped", async () => {
    const controller = new AbortController();
    const reason = new Error("cancelled by its user");
    const { error } = await runOwn((_request, _index, signal) => hang(signal) as never, turns, {
      signal: controller.signal,
      onEvent: (event) =>
        event.type === "step" && event.node === "model" && controller.abort(reason),
    });
    expect(error).toBe(reason);
  });
});

describe("a later attempt", () => {
  /** The first attempt ends, as with its server, when `until` says so; the second has its notes. */
  async function twice(
    script: Script,
    steps: Run,
    until: (event: { type: string }) => boolean,
  ): Promise<{ first: Outcome; second: Outcome & { requests: number }; ran: number[] }> {
    const ran: number[] = [];
    const counting: Tool["execute"] = (args) => {
      ran.push(Number(args["n"]));
      return Promise.resolve(`answer ${ran.length}`);
    };
    const notes = new TurnNotes();
    const crash = new AbortController();
    const options = { tools: [tool("echo", counting)], ports: { turns: notes } };
    const first = await runOwn(script, steps, {
      ...options,
      signal: crash.signal,
      onEvent: (event) => until(event) && crash.abort(new Error("crash")),
    });
    expect(first.error).toMatchObject({ message: "crash" });
    const second = await runOwn(script, steps, { ...options, attempt: 2 });
    expect(second.error).toBeNull();
    return { first, second: { ...second, requests: second.provider.requests.length }, ran };
  }

  const afterResult = (event: { type: string }): boolean => event.type === "tool_result";

  it("shows again what was done, asks no model for it and runs no tool twice", async () => {
    const { first, second, ran } = await twice(asksOnce, turns, afterResult);
    expect(ran).toEqual([1]);
    expect(second.requests).toBe(1);
    expect(callIdsOf(second.events)).toEqual(callIdsOf(first.events));
    expect(resultsOf(second.events)).toEqual(resultsOf(first.events));
    expect(textOf(second.events)).toBe("Done.");
  });

  it("does what was left undone", async () => {
    const asked = (event: { type: string }): boolean => event.type === "tool_call";
    const { second, ran } = await twice(asksOnce, turns, asked);
    expect(ran).toEqual([1]);
    expect(resultsOf(second.events)).toMatchObject([{ status: "ok", content: "answer 1" }]);
  });

  it("keeps steps of every kind apart: a question, a conversation, a last word", async () => {
    const mixed: Run = async function* (state, steps) {
      yield* steps.callModel(state, { tools: false });
      const talked = yield* steps.converse(state);
      const again = yield* steps.useTools(talked, {
        content: "",
        calls: [call(`call_own_${++ids}`, "echo", { n: 2 })],
      });
      yield* steps.callModel(again, { tools: false });
      return again;
    };
    let results = 0;
    const afterSecond = (event: { type: string }): boolean =>
      event.type === "tool_result" && ++results === 2;
    const { first, second, ran } = await twice(asksOnce, mixed, afterSecond);
    expect(ran).toEqual([1, 2]);
    expect(callIdsOf(second.events)).toEqual(callIdsOf(first.events));
    expect(resultsOf(second.events)).toEqual(resultsOf(first.events));
    expect(textOf(second.events)).toBe("Done.".repeat(3));
    // Only the last word was still to be said.
    expect(second.requests).toBe(1);
  });

  it("runs a tool that it asks for with other arguments than the attempt before", async () => {
    let n = 0;
    const drifting: Run = async function* (state, steps) {
      const used = yield* steps.useTools(state, {
        content: "",
        calls: [call(`call_${++ids}`, "echo", { n: ++n })],
      });
      yield* steps.callModel(used);
      return used;
    };
    const { ran } = await twice(asksOnce, drifting, afterResult);
    expect(ran).toEqual([1, 2]);
  });

  it("of a workflow without tools keeps nothing and asks anew", async () => {
    const notes = new TurnNotes();
    const options = { plan: { tools: null }, ports: { turns: notes } };
    await runOwn(() => textAnswer("Hello."), turns, options);
    expect(notes.turns).toEqual([]);
  });
});
