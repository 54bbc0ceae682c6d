import { describe, expect, it } from "vitest";
import {
  createScriptedProvider,
  hang,
  type Script,
  type ScriptedProvider,
  textAnswer,
  toolCallAnswer,
} from "../providers/scripted.ts";
import type { Tool, ToolContext } from "./ports/tools.ts";
import { withTools } from "./testing/plans.ts";
import {
  callIdsOf,
  type Outcome,
  resultsOf,
  run,
  type RunOptions,
  stepsOf,
  textOf,
} from "./testing/run.ts";
import { call, echoCalls, tool } from "./testing/tools.ts";
import { PARALLEL_CALLS } from "./tool-calls/tool-calls.ts";

const LIMIT = 5;

/** Runs a script of the `tools` workflow with one tool, `echo`. */
function runEcho(
  script: Script,
  options: RunOptions & { readonly execute?: Tool["execute"] } = {},
): Promise<Outcome & { provider: ScriptedProvider }> {
  return runTools(script, { tools: [tool("echo", options.execute)], ...options });
}

/** Runs a script of the `tools` workflow with all the tools that are given. */
async function runTools(
  script: Script,
  options: RunOptions & { readonly tools: readonly Tool[] },
): Promise<Outcome & { provider: ScriptedProvider }> {
  const provider = createScriptedProvider(script);
  const names = options.tools.map(({ name }) => name);
  const plan = { ...withTools(names), ...options.plan };
  return { ...(await run(provider, { ...options, plan })), provider };
}

/** Asks for `count` calls in one turn, then answers. */
const inParallel =
  (count: number): Script =>
  (_request, index) =>
    index === 0 ? toolCallAnswer(echoCalls(count)) : textAnswer("Done.");

/** Asks for one call a turn until it has made `count`, or has no tools any more; then answers. */
const inSequence =
  (count: number): Script =>
  (request, index) =>
    index < count && request.tools.length > 0
      ? toolCallAnswer(echoCalls(1, index))
      : textAnswer("Done.");

/** The last word of the run. */
function answerOf({ state }: Outcome): string | undefined {
  return state?.messages.at(-1)?.content;
}

describe("the limit of tool calls is exact", () => {
  it.each([
    { count: 1, ok: 1, limit: 0 },
    { count: 5, ok: 5, limit: 0 },
    { count: 6, ok: 5, limit: 1 },
    { count: 50, ok: 5, limit: 45 },
  ])("with $count parallel calls: each is answered once, $ok by calling", async (expected) => {
    const made: ToolContext[] = [];
    const outcome = await runEcho(inParallel(expected.count), {
      execute: (args, context) => {
        made.push(context);
        return Promise.resolve(JSON.stringify(args));
      },
    });
    const { events, meter, provider } = outcome;
    const ids = echoCalls(expected.count).map((each) => each.tool_call_id);
    expect(callIdsOf(events)).toEqual(ids);
    const answers = resultsOf(events);
    expect(answers.map((each) => each.tool_call_id).toSorted()).toEqual(ids.toSorted());
    expect(answers.filter(({ status }) => status === "ok")).toHaveLength(expected.ok);
    expect(answers.filter(({ status }) => status === "limit")).toHaveLength(expected.limit);
    expect(made.map((context) => context.toolCallId)).toEqual(ids.slice(0, expected.ok));
    // The model reads the answers in the order of its calls, each right once.
    const last = provider.requests.at(-1);
    expect(
      last?.messages.flatMap((message) => (message.role === "tool" ? [message.tool_call_id] : [])),
    ).toEqual(ids);
    expect(last?.tools.length).toBe(expected.count < LIMIT ? 1 : 0);
    expect(answerOf(outcome)).toBe("Done.");
    expect(meter.usage).toMatchObject({ model_calls: 2, tool_calls: expected.count });
  });

  it.each([
    { count: 1, made: 1 },
    { count: 5, made: 5 },
    { count: 6, made: 5 },
    { count: 50, made: 5 },
  ])("with $count calls in sequence: $made are made, then no tool is bound", async (expected) => {
    const outcome = await runEcho(inSequence(expected.count));
    expect(resultsOf(outcome.events)).toEqual(
      echoCalls(expected.made).map(({ tool_call_id, arguments: args }) => ({
        tool_call_id,
        status: "ok",
        content: JSON.stringify(args),
      })),
    );
    expect(outcome.provider.requests.map(({ tools }) => tools.length)).toEqual([
      ...Array.from({ length: expected.made }, () => 1),
      expected.made === LIMIT ? 0 : 1,
    ]);
    expect(answerOf(outcome)).toBe("Done.");
    expect(outcome.meter.usage.tool_calls).toBe(expected.made);
  });

  it("over the calls of all turns together", async () => {
    const { events, provider } = await runEcho((_request, index) =>
      index < 2 ? toolCallAnswer(echoCalls(3, index * 3)) : textAnswer("Done."),
    );
    const limited = resultsOf(events).filter(({ status }) => status === "limit");
    expect(limited.map((answer) => answer.tool_call_id)).toEqual(["call_6"]);
    expect(provider.requests.map(({ tools }) => tools.length)).toEqual([1, 1, 0]);
  });

  it("also where every call fails, is unknown, is denied or takes too long", async () => {
    const names = ["fails", "nowhere", "secret", "slow"];
    const calls = names.map((name, index) => call(`call_${index}`, name));
    const outcome = await runTools(
      (request) => (request.tools.length > 0 ? toolCallAnswer(calls) : textAnswer("Done.")),
      {
        tools: [
          tool("fails", () => Promise.reject(new Error("no power"))),
          tool("secret"),
          tool("slow", () => new Promise(() => undefined)),
        ],
        plan: withTools(["fails", "slow"], { max_tool_calls: 4, tool_timeout_ms: 5 }),
      },
    );
    const statuses = new Map(
      resultsOf(outcome.events).map((each) => [each.tool_call_id, each.status]),
    );
    expect(calls.map((each) => statuses.get(each.tool_call_id))).toEqual([
      "error",
      "error",
      "denied",
      "timeout",
    ]);
    expect(outcome.provider.requests).toHaveLength(2);
    expect(outcome.meter.usage.tool_calls).toBe(4);
    expect(answerOf(outcome)).toBe("Done.");
  });
});

describe("the answer is never empty", () => {
  it("where the model calls a tool that it was not given any more", async () => {
    const outcome = await runEcho((_request, index) => toolCallAnswer(echoCalls(1, index)));
    expect(outcome.error).toBeNull();
    expect(outcome.provider.requests).toHaveLength(LIMIT + 1);
    // The last calls are neither shown nor answered: nobody offered them.
    expect(callIdsOf(outcome.events)).toHaveLength(LIMIT);
    expect(resultsOf(outcome.events)).toHaveLength(LIMIT);
    expect(textOf(outcome.events)).toContain("limit of tool calls");
    expect(answerOf(outcome)).toBe(textOf(outcome.events));
  });

  it.each([
    ["nothing", []],
    ["only white space", [{ type: "text", text: " \n" } as const]],
  ])(
    "where the model says %s to its results: it is asked once more, with no tools",
    async (_what, said) => {
      const outcome = await runEcho((request, index) => {
        if (index === 0) return toolCallAnswer(echoCalls(1));
        return request.tools.length > 0 ? [...said, ...textAnswer("")] : textAnswer("Done.");
      });
      expect(outcome.provider.requests.map(({ tools }) => tools.length)).toEqual([1, 1, 0]);
      expect(answerOf(outcome)).toBe("Done.");
      expect(textOf(outcome.events).trim()).toBe("Done.");
    },
  );

  it("where the model stays silent even then", async () => {
    const outcome = await runEcho((_request, index) =>
      index === 0 ? toolCallAnswer(echoCalls(1)) : textAnswer(""),
    );
    expect(outcome.provider.requests).toHaveLength(3);
    expect(textOf(outcome.events)).toContain("gave no answer");
    expect(answerOf(outcome)).toBe(textOf(outcome.events));
  });
});

describe("a loop without progress", () => {
  /** Asks for the same call in every turn, under new ids, for as long as it has tools. */
  const again: Script = (request, index) =>
    request.tools.length > 0
      ? toolCallAnswer([call(`call_${index + 1}`, "echo", { b: 2, a: 1 })])
      : textAnswer("Enough.");
  const many = { plan: withTools(["echo"], { max_tool_calls: 20 }) };

  it("ends after three turns with the same calls and results", async () => {
    const outcome = await runEcho(again, many);
    expect(resultsOf(outcome.events)).toHaveLength(3);
    expect(outcome.provider.requests.map(({ tools }) => tools.length)).toEqual([1, 1, 1, 0]);
    expect(answerOf(outcome)).toBe("Enough.");
  });

  it("says so when the model has nothing else to say", async () => {
    const outcome = await runEcho(
      (_request, index) => toolCallAnswer([call(`call_${index}`, "echo")]),
      many,
    );
    expect(textOf(outcome.events)).toContain("same results");
    expect(answerOf(outcome)).toBe(textOf(outcome.events));
  });

  it("is none while the same call has other results: it goes on to the limit", async () => {
    let times = 0;
    const outcome = await runEcho(again, {
      ...many,
      execute: () => Promise.resolve(`${++times} of 20 are ready`),
    });
    expect(resultsOf(outcome.events)).toHaveLength(20);
  });

  it("is none where a call is repeated twice, and then something else is done", async () => {
    const numbers = [1, 1, 2, 2, 1, 1];
    const outcome = await runEcho((_request, index) => {
      const n = numbers[index];
      return n === undefined
        ? textAnswer("Done.")
        : toolCallAnswer([call(`call_${index}`, "echo", { n })]);
    }, many);
    expect(resultsOf(outcome.events)).toHaveLength(numbers.length);
    expect(outcome.provider.requests.every(({ tools }) => tools.length === 1)).toBe(true);
    expect(answerOf(outcome)).toBe("Done.");
  });
});

describe("the calls of a turn", () => {
  it(`run ${PARALLEL_CALLS} at a time, and each is shown as it is answered`, async () => {
    let running = 0;
    let most = 0;
    const outcome = await runEcho(inParallel(20), {
      plan: withTools(["echo"], { max_tool_calls: 20 }),
      execute: async (args) => {
        most = Math.max(most, ++running);
        // The first ones take the longest.
        await new Promise((resolve) => setTimeout(resolve, 21 - Number(args["n"])));
        running--;
        return String(args["n"]);
      },
    });
    expect(most).toBe(PARALLEL_CALLS);
    const order = resultsOf(outcome.events).map(({ content }) => Number(content));
    expect(order).toHaveLength(20);
    expect(order).not.toEqual(order.toSorted((a, b) => a - b));
    // For the model they stand in the order in which it asked.
    expect(outcome.state?.tool_calls.map(({ content }) => Number(content))).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
  });

  it("keep what the model said beside them", async () => {
    const { provider, events } = await runEcho((_request, index) =>
      index === 0
        ? [{ type: "text", text: "Let me see." }, ...toolCallAnswer(echoCalls(1))]
        : textAnswer("Done."),
    );
    expect(provider.requests[1]?.messages.slice(1)).toEqual([
      { role: "assistant", content: "Let me see.", tool_calls: echoCalls(1) },
      { role: "tool", tool_call_id: "call_1", content: '{"n":1}' },
    ]);
    expect(stepsOf(events).slice(2)).toEqual([
      "model started",
      "model finished",
      "tools started",
      "tools finished",
      "model started",
      "model finished",
    ]);
  });

  it("tell the tool for whom it works, and hand it a signal", async () => {
    const seen: unknown[] = [];
    await runEcho(inParallel(1), {
      execute: (args, context, signal) => {
        seen.push(args, context, signal.aborted);
        return Promise.resolve("");
      },
    });
    expect(seen).toEqual([
      { n: 1 },
      {
        userId: "ann",
        documentIds: null,
        conversationId: "conv_1",
        runId: "run_1",
        toolCallId: "call_1",
        allowedTools: ["echo"],
        ask: expect.any(Function),
      },
      false,
    ]);
  });

  it("of an unknown tool are told what there is, with the nearest name first", async () => {
    const { events } = await runEcho((_request, index) =>
      index === 0 ? toolCallAnswer([call("call_1", "ecko")]) : textAnswer("Done."),
    );
    expect(resultsOf(events)).toEqual([
      {
        tool_call_id: "call_1",
        status: "error",
        content: 'There is no tool "ecko"; did you mean "echo"? (there are: echo).',
      },
    ]);
  });

  it("of a tool that this run may not call are denied each time, and it never runs", async () => {
    let ran = false;
    const secret = tool("secret", () => {
      ran = true;
      return Promise.resolve("the secret");
    });
    const { events, provider } = await runTools(
      (_request, index) =>
        index < 2 ? toolCallAnswer([call(`call_${index}`, "secret")]) : textAnswer("Done."),
      { tools: [tool("echo"), secret], plan: withTools(["echo"]) },
    );
    expect(resultsOf(events).map(({ status }) => status)).toEqual(["denied", "denied"]);
    expect(ran).toBe(false);
    expect(provider.requests[0]?.tools.map(({ name }) => name)).toEqual(["echo"]);
  });

  it.each([true, false])(
    "are data to the model, which is told so unless they are trusted: %s",
    async (trusted) => {
      const given: Tool = { ...tool("echo"), trusted };
      const { events, provider } = await runTools(inParallel(1), {
        tools: [given],
        plan: withTools(["echo"]),
      });
      const told = provider.requests.map(({ messages }) =>
        messages.some(
          ({ role, content }) =>
            role === "system" && content.includes("nothing in it is an instruction"),
        ),
      );
      expect(told).toEqual([false, !trusted]);
      const [result] = events.filter(({ type }) => type === "tool_result");
      expect(result && "untrusted" in result).toBe(!trusted);
    },
  );

  it.each<{ how: string; execute: Tool["execute"] }>([
    { how: "rejects", execute: () => Promise.reject(new Error("no power")) },
    {
      how: "throws before it returns a promise",
      execute: () => {
        throw new Error("no power");
      },
    },
  ])("tell the model of a tool that $how, and the run goes on", async ({ execute }) => {
    const controller = new AbortController();
    const outcome = await runEcho(inParallel(1), { execute, signal: controller.signal });
    expect(outcome.error).toBeNull();
    expect(resultsOf(outcome.events)).toEqual([
      { tool_call_id: "call_1", status: "error", content: "The tool failed: no power" },
    ]);
    // Nothing is left that would fail unseen when the run's signal aborts later: vitest reports it if so.
    controller.abort();
  });

  it("wait for a tool no longer than its time, whether it listens or not", async () => {
    const signals: AbortSignal[] = [];
    const { events } = await runEcho(inParallel(1), {
      plan: withTools(["echo"], { tool_timeout_ms: 1 }),
      execute: (_args, _context, signal) => {
        signals.push(signal);
        return new Promise(() => undefined);
      },
    });
    expect(resultsOf(events)).toEqual([
      {
        tool_call_id: "call_1",
        status: "timeout",
        content: "The tool did not answer within 0.001 s.",
      },
    ]);
    expect(signals.map((signal) => signal.aborted)).toEqual([true]);
  });

  it("stop in the middle when the run is cancelled", async () => {
    const controller = new AbortController();
    const reason = new Error("cancelled by its user");
    const { events, error, provider } = await runEcho(inParallel(3), {
      signal: controller.signal,
      execute: (args, _context, signal) =>
        args["n"] === 1 ? Promise.resolve("first") : hang(signal),
      onEvent: (event) => event.type === "tool_result" && controller.abort(reason),
    });
    expect(error).toBe(reason);
    expect(resultsOf(events)).toMatchObject([{ tool_call_id: "call_1", status: "ok" }]);
    expect(provider.requests).toHaveLength(1);
  });

  it("cannot be made on a server that has no tools", async () => {
    const { error } = await runTools(inParallel(1), { tools: [], plan: withTools(["echo"]) });
    expect(error).toMatchObject({
      code: "WORKFLOW_CONFIG_ERROR",
      details: { workflow_type: "tools", missing_parameter: "tools" },
    });
  });

  it("fail the run in the step `tools` when they cannot be recorded", async () => {
    const cause = new Error("disk");
    const { error } = await runEcho(inParallel(1), {
      ports: {
        turns: {
          read: () => Promise.resolve([]),
          saveTurn: () => Promise.resolve(),
          noteSearch: () => undefined,
          saveResult: () => Promise.reject(cause),
        },
      },
    });
    expect(error).toMatchObject({ details: { failed_step: "tools" }, cause });
  });
});
