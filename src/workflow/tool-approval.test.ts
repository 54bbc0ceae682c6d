/** The tools step where a person has to agree: what is asked, in which order, and what of an earlier attempt holds. */
import { describe, expect, it } from "vitest";
import { createScriptedProvider, textAnswer, toolCallAnswer } from "../providers/scripted.ts";
import { argumentsHash } from "./tool-calls/arguments-hash.ts";
import type { RecordedCall } from "./ports/stores/tool-calls.ts";
import type { Tool } from "./ports/tools.ts";
import { withTools } from "./testing/plans.ts";
import { Asked, CallNotes, resultsOf, run, TurnNotes } from "./testing/run.ts";
import { call, tool } from "./testing/tools.ts";

const CALLS = [call("c1", "send", { to: "bob" }), call("c2", "look"), call("c3", "nothing")];

/** Asks for all calls at once, then answers. */
const asks = () =>
  createScriptedProvider((request) =>
    request.messages.at(-1)?.role === "tool" ? textAnswer("Done.") : toolCallAnswer(CALLS),
  );

function toolsThatKeep(made: unknown[]): Tool[] {
  const send = tool("send", (args) => {
    made.push(args);
    return Promise.resolve("sent");
  });
  return [{ ...send, effect: "outside", approval: "always" }, tool("look")];
}

const plan = withTools(["send", "look"]);

/** A later attempt at the same turn; of its first call this is recorded. */
async function again(record: Partial<RecordedCall>, plan_ = plan) {
  const made: unknown[] = [];
  const turns = new TurnNotes();
  await turns.saveTurn(0, "", CALLS, false);
  const recorded: RecordedCall = {
    turn: 0,
    call: 0,
    state: "decided",
    decision: "approve",
    reason: null,
    changedArguments: null,
    hash: await argumentsHash({ name: "send", arguments: { to: "bob" } }),
    ...record,
  };
  const calls = new CallNotes([recorded]);
  const ports = { turns, calls };
  const outcome = await run(asks(), { plan: plan_, tools: toolsThatKeep(made), ports, attempt: 2 });
  return { ...outcome, made, begun: calls.begun };
}

const firstOf = ({ events }: Awaited<ReturnType<typeof again>>) =>
  resultsOf(events).find(({ tool_call_id: id }) => id === "c1");

describe("a call that a person has to agree to", () => {
  it("is asked about when all others of its turn have their answers", async () => {
    const made: unknown[] = [];
    const { error, events } = await run(asks(), { plan, tools: toolsThatKeep(made) });
    const cause = (error as Error).cause;
    if (!(cause instanceof Asked)) throw new Error("Nobody was asked.");
    expect(cause.calls).toMatchObject([
      { turn: 0, call: 0, tool_call_id: "c1", name: "send", arguments: { to: "bob" } },
    ]);
    expect(cause.calls[0]?.effect).toBe("outside");
    expect(resultsOf(events).map(({ tool_call_id: id, status }) => [id, status])).toEqual(
      expect.arrayContaining([
        ["c2", "ok"],
        ["c3", "error"],
      ]),
    );
    expect(made).toEqual([]);
  });

  it("is made as it was approved, and marked before", async () => {
    const outcome = await again({});
    expect(outcome.made).toEqual([{ to: "bob" }]);
    expect(outcome.begun).toMatchObject([{ tool_call_id: "c1", effect: "outside" }]);
    expect(firstOf(outcome)).toMatchObject({ status: "ok", content: "sent" });
  });

  it("is made with the arguments of whoever approved it, and the model reads those", async () => {
    const changedArguments = { to: "eve" };
    const hash = await argumentsHash({ name: "send", arguments: changedArguments });
    const outcome = await again({ changedArguments, hash });
    expect(outcome.made).toEqual([changedArguments]);
    expect(outcome.state?.messages).toContainEqual({
      role: "assistant",
      content: "",
      tool_calls: [call("c1", "send", changedArguments), ...CALLS.slice(1)],
    });
  });

  it.each<[what: string, record: Partial<RecordedCall>, status: string, content: string]>([
    ["another hash", { hash: "other" }, "denied", "Not called: it is not what was approved."],
    ["other arguments", { changedArguments: { to: "eve" } }, "denied", "not what was approved"],
    ["a no", { decision: "deny" }, "denied", "Not called: a person denied it."],
    ["no answer in time", { decision: "expire" }, "denied", "nobody decided in time"],
    ["a beginning and no end", { state: "begun" }, "error", "It is not known whether it took"],
  ])("is not made with %s", async (_what, record, status, content) => {
    const outcome = await again(record);
    expect([outcome.made, outcome.begun]).toEqual([[], []]);
    expect(firstOf(outcome)).toMatchObject({
      status,
      content: expect.stringContaining(content) as unknown,
    });
  });

  it("is not made without its tool: what was approved is no permission", async () => {
    const outcome = await again({}, withTools(["look"]));
    expect(outcome.made).toEqual([]);
    expect(firstOf(outcome)).toMatchObject({ status: "denied" });
  });

  it("goes on being asked about while nobody has decided", async () => {
    const { error, made } = await again({ state: "asked", decision: null });
    expect((error as Error).cause).toBeInstanceOf(Asked);
    expect(made).toEqual([]);
  });
});
