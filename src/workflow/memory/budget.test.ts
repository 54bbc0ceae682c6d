import { describe, expect, it } from "vitest";
import { createScriptedProvider, textAnswer, toolCallAnswer } from "../../providers/scripted.ts";
import { estimateTokens, fitMessages, messageBudget } from "./budget.ts";
import type { ModelMessage } from "../ports/model.ts";
import { planOf, withTools } from "../testing/plans.ts";
import { remembering, run } from "../testing/run.ts";
import { call, tool } from "../testing/tools.ts";

const user = (content: string): ModelMessage => ({ role: "user", content });
const assistant = (content: string): ModelMessage => ({ role: "assistant", content });

/** A turn with calls of these ids, and their results behind it. */
function toolTurn(...ids: string[]): ModelMessage[] {
  return [
    { role: "assistant", content: "", tool_calls: ids.map((id) => call(id, "echo")) },
    ...ids.map((id) => ({ role: "tool" as const, tool_call_id: id, content: `result of ${id}` })),
  ];
}

/** 100 tokens, and four for the message around them. */
const LONG = "word".repeat(100);
const LONG_TOKENS = 104;

describe("the estimate of tokens", () => {
  it.each([
    ["", 0],
    ["abc", 1],
    ["abcd", 1],
    ["abcde", 2],
    ["Größe", 2],
    ["漢字", 2],
    ["привет", 6],
    ["🎈", 2],
    ["code: 漢字", 4],
  ])(
    "of %j is %d: about four characters of a Latin script each, one of the others",
    (text, tokens) => {
      expect(estimateTokens(text)).toBe(tokens);
    },
  );
});

describe("the budget of a call's messages", () => {
  it("is the context, less the answer, the system message and the tools", () => {
    const plan = planOf({ context_tokens: 10_000, max_tokens: 1000 });
    expect(messageBudget(plan, [], [])).toBe(9000);
    expect(messageBudget(plan, [{ role: "system", content: LONG }], [])).toBe(9000 - LONG_TOKENS);
    const described = [{ name: "echo", description: LONG, parameters: { type: "object" } }];
    const schemas = estimateTokens(JSON.stringify(described));
    expect(schemas).toBeGreaterThan(100);
    expect(messageBudget(plan, [], described)).toBe(9000 - schemas);
  });

  it("keeps a quarter for an answer of unknown length, and never more than 4,096", () => {
    const of = (context_tokens: number) => messageBudget(planOf({ context_tokens }), [], []);
    expect(of(8000)).toBe(6000);
    expect(of(100_000)).toBe(100_000 - 4096);
    expect(of(1001)).toBe(750);
  });
});

describe("fitting messages into a budget", () => {
  it("leaves them as they are where they fit", () => {
    const messages = [user("One?"), ...toolTurn("a"), assistant("One."), user("Two?")];
    expect(fitMessages(messages, 1000)).toBe(messages);
    const plain = [user("One?"), assistant("One."), user("Two?")];
    expect(fitMessages(plain, 24)).toBe(plain);
  });

  it("leaves the oldest out, one by one, until the rest fits", () => {
    const messages = [user(LONG), assistant(LONG), user(LONG), assistant(LONG), user(LONG)];
    for (let kept = 5; kept >= 1; kept--) {
      const fitted = fitMessages(messages, kept * LONG_TOKENS);
      expect(fitted).toEqual(messages.slice(-kept));
      expect(fitMessages(messages, kept * LONG_TOKENS + LONG_TOKENS - 1)).toEqual(fitted);
    }
  });

  it("never parts calls from their results: a turn goes as a whole, or stays as a whole", () => {
    const turn = toolTurn("a", "b", "c");
    const messages = [user(LONG), ...turn, assistant(LONG), user(LONG)];
    const sizes = new Set<number>();
    for (let budget = 0; budget < 500; budget++) {
      const fitted = fitMessages(messages, budget);
      sizes.add(fitted.length);
      const calls = fitted.some((message) => "tool_calls" in message);
      expect(fitted.filter(({ role }) => role === "tool")).toHaveLength(calls ? 3 : 0);
    }
    // All of it, without the question, without the turn, and the last message alone.
    expect(sizes).toEqual(new Set([7, 6, 2, 1]));
  });

  it("counts the arguments of calls", () => {
    const args = { text: LONG };
    const turn: ModelMessage[] = [
      { role: "assistant", content: "", tool_calls: [call("a", "echo", args)] },
      { role: "tool", tool_call_id: "a", content: "ok" },
    ];
    const last = user("Go on.");
    expect(fitMessages([...turn, last], LONG_TOKENS)).toEqual([last]);
    expect(fitMessages([...turn, last], LONG_TOKENS + 100)).toHaveLength(3);
  });

  it("always keeps the user's last message, with all that follows", () => {
    const messages = [user("Old?"), assistant("Old."), user(LONG), ...toolTurn("a", "b")];
    for (const budget of [-1000, 0, 1, 100]) {
      expect(fitMessages(messages, budget)).toEqual(messages.slice(2));
    }
  });
});

describe("a run with a small model", () => {
  it("sends no call that is over the budget, however long its history is", async () => {
    const history = Array.from({ length: 200 }, (_, index) => [user(LONG), assistant(`${index}`)]);
    const messages = [...history.flat(), user("And now?")];
    const provider = createScriptedProvider((_request, index) =>
      index === 0
        ? toolCallAnswer([call("call_1", "echo"), call("call_2", "echo")])
        : textAnswer("Done."),
    );
    const plan = { ...withTools(["echo"]), context_tokens: 2000, system_message: LONG };
    await run(provider, {
      plan,
      tools: [tool("echo", () => Promise.resolve(LONG))],
      ports: { memory: remembering({ messages }) },
    });
    expect(provider.requests).toHaveLength(2);
    for (const request of provider.requests) {
      const said = request.messages.reduce((sum, { content }) => sum + estimateTokens(content), 0);
      expect(said).toBeLessThan(plan.context_tokens * 0.75);
      // As much as fits is there.
      expect(said).toBeGreaterThan(plan.context_tokens * 0.5);
      expect(request.messages[0]).toEqual({ role: "system", content: LONG });
      expect(request.messages).toContainEqual(user("And now?"));
    }
    expect(provider.requests[1]?.messages.slice(-3).map(({ role }) => role)).toEqual([
      "assistant",
      "tool",
      "tool",
    ]);
  });
});
