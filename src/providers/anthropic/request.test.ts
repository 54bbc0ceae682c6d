import { describe, expect, it } from "vitest";
import type { ToolCall } from "../../contract/messages.ts";
import type { ModelMessage, ModelRequest } from "../../workflow/ports/model.ts";
import { ask } from "../testing/collect.ts";
import type { RequestBlock } from "./content.ts";
import { requestBody } from "./request.ts";
import { ThinkingTurns } from "./turns.ts";

const EPHEMERAL = { type: "ephemeral" };

function bodyOf(request: Partial<ModelRequest>, turns = new ThinkingTurns()): unknown {
  return JSON.parse(requestBody(ask("hi", request), turns));
}

function messagesOf(messages: ModelMessage[], turns?: ThinkingTurns): unknown {
  return (bodyOf({ messages }, turns) as { messages: unknown }).messages;
}

function toolCall(id: string, name = "f"): ToolCall {
  return { tool_call_id: id, name, arguments: { x: 1 } };
}

const text = (text: string): object => ({ type: "text", text });
const result = (id: string, content: string): object => ({
  type: "tool_result",
  tool_use_id: id,
  content,
});
const use = (id: string): object => ({ type: "tool_use", id, name: "f", input: { x: 1 } });

describe("the body", () => {
  it("has what the API demands, and nothing that was not asked for", () => {
    expect(bodyOf({ model: "claude-sonnet-4-5" })).toEqual({
      model: "claude-sonnet-4-5",
      max_tokens: 32_000,
      stream: true,
      messages: [{ role: "user", content: [text("hi")] }],
    });
  });

  it("has the system prompt and the tools apart, with the end of each marked for the cache", () => {
    const tool = { name: "f", description: "d", parameters: { type: "object" } };
    const body = bodyOf({
      messages: [
        { role: "system", content: "s1" },
        { role: "system", content: "s2" },
        { role: "user", content: "u" },
      ],
      tools: [tool, { ...tool, name: "g" }],
      max_tokens: 5,
    });
    expect(body).toMatchObject({
      max_tokens: 5,
      system: [text("s1"), { ...text("s2"), cache_control: EPHEMERAL }],
      messages: [{ role: "user", content: [text("u")] }],
      tools: [
        { name: "f", description: "d", input_schema: { type: "object" } },
        { name: "g", cache_control: EPHEMERAL },
      ],
    });
  });

  it.each([
    ["claude-3-haiku-20240307", 4_096],
    ["claude-3-5-haiku-latest", 8_192],
    ["claude-opus-4-1", 32_000],
    ["claude-sonnet-5-5", 32_000],
    ["some-local-model", 8_192],
  ])("limits the tokens of %s to %i where nobody says more", (model, max_tokens) => {
    expect(bodyOf({ model })).toMatchObject({ max_tokens });
  });

  it.each([
    ["claude-3-haiku-20240307", 0.5, 0.5],
    ["claude-sonnet-4-20250514", 0, 0],
    ["claude-sonnet-4-5-20250929", 0.5, 0.5],
    ["claude-opus-4-6", 1.5, 1],
    ["some-local-model", 0.5, 0.5],
    ["claude-opus-4-7", 0.5, undefined],
    ["claude-opus-4-8", 0.5, undefined],
    ["claude-sonnet-5", 0.5, undefined],
    ["claude-haiku-5-5", 0.5, undefined],
    ["claude-fable-5-2", 0.5, undefined],
  ])("for %s turns the temperature %d into %d", (model, temperature, sent) => {
    expect((bodyOf({ model, temperature }) as { temperature?: number }).temperature).toBe(sent);
  });
});

describe("messages", () => {
  it("take turns: calls, results and what follows them become one message of each side", () => {
    expect(
      messagesOf([
        { role: "user", content: "a" },
        { role: "user", content: "b" },
        { role: "assistant", content: "c", tool_calls: [toolCall("1"), toolCall("2")] },
        { role: "tool", content: "r1", tool_call_id: "1" },
        { role: "tool", content: "", tool_call_id: "2" },
        { role: "user", content: "d" },
        { role: "assistant", content: "e" },
        { role: "assistant", content: "f" },
      ]),
    ).toEqual([
      { role: "user", content: [text("a"), text("b")] },
      { role: "assistant", content: [text("c"), use("1"), use("2")] },
      {
        role: "user",
        content: [result("1", "r1"), { type: "tool_result", tool_use_id: "2" }, text("d")],
      },
      { role: "assistant", content: [text("e"), text("f")] },
    ]);
  });

  it("begin with the user, and leave out what is blank", () => {
    expect(
      messagesOf([
        { role: "system", content: " " },
        { role: "assistant", content: "a" },
        { role: "user", content: " \n" },
        { role: "assistant", content: "", tool_calls: [toolCall("1")] },
      ]),
    ).toEqual([
      { role: "user", content: [text("(Earlier messages are left out.)")] },
      { role: "assistant", content: [text("a"), use("1")] },
    ]);
    expect(bodyOf({ messages: [{ role: "system", content: " " }] })).not.toHaveProperty("system");
  });

  it("have ids that the API takes, the same for a call and its result", () => {
    expect(
      messagesOf([
        { role: "user", content: "a" },
        { role: "assistant", content: "", tool_calls: [toolCall("functions.f:0")] },
        { role: "tool", content: "r", tool_call_id: "functions.f:0" },
      ]),
    ).toMatchObject([
      {},
      { content: [{ id: "functions_f_0" }] },
      { content: [{ tool_use_id: "functions_f_0" }] },
    ]);
  });

  it("that speak of tools name them, even where none may be used any more", () => {
    const messages: ModelMessage[] = [
      { role: "user", content: "a" },
      { role: "assistant", content: "", tool_calls: [toolCall("1", "f"), toolCall("2", "g")] },
      { role: "tool", content: "r", tool_call_id: "1" },
      { role: "tool", content: "r", tool_call_id: "2" },
    ];
    expect(bodyOf({ messages })).toMatchObject({
      tools: [
        { name: "f", input_schema: { type: "object" } },
        { name: "g", input_schema: { type: "object" } },
      ],
      tool_choice: { type: "none" },
    });
  });
});

describe("thinking", () => {
  const calls = [toolCall("1")];
  const kept: RequestBlock[] = [
    { type: "thinking", thinking: "t", signature: "s" },
    { ...use("1") },
  ];
  const asked: ModelMessage[] = [
    { role: "user", content: "a" },
    { role: "assistant", content: "", tool_calls: calls },
    { role: "tool", content: "r", tool_call_id: "1" },
  ];
  function remembering(model: string): ThinkingTurns {
    const turns = new ThinkingTurns();
    turns.remember(model, calls, kept);
    return turns;
  }

  it("is given back to the model that thought it, as long as its calls are under way", () => {
    expect(messagesOf(asked, remembering("stub"))).toMatchObject([{}, { content: kept }, {}]);
  });

  it("is not given to another model, with other calls, or once the user has gone on", () => {
    const without = [{}, { content: [use("1")] }, {}];
    expect(messagesOf(asked, remembering("other"))).toMatchObject(without);
    const later: ModelMessage[] = [...asked, { role: "user", content: "b" }];
    expect(messagesOf(later, remembering("stub"))).toMatchObject(without);
    const fewer = asked.with(1, { role: "assistant", content: "", tool_calls: [toolCall("2")] });
    expect(messagesOf(fewer, remembering("stub"))).toMatchObject([{}, { content: [use("2")] }, {}]);
  });
});

describe("ThinkingTurns", () => {
  const block = (size: number): RequestBlock[] => [
    { type: "thinking", thinking: "x".repeat(size) },
  ];
  const recall = (turns: ThinkingTurns, id: string): unknown => turns.recall("m", [toolCall(id)]);

  it("forgets the oldest first, and what is too large at once", () => {
    const turns = new ThinkingTurns(1_000);
    for (const id of ["a", "b", "c"]) turns.remember("m", [toolCall(id)], block(400));
    expect(recall(turns, "a")).toBeUndefined();
    expect([recall(turns, "b"), recall(turns, "c")]).toEqual([block(400), block(400)]);
    turns.remember("m", [toolCall("d")], block(2_000));
    expect(recall(turns, "d")).toBeUndefined();
    expect(recall(turns, "c")).toBeDefined();
  });

  it("counts a turn that is remembered again once", () => {
    const turns = new ThinkingTurns(1_000);
    for (let at = 0; at < 10; at++) turns.remember("m", [toolCall("a")], block(400));
    turns.remember("m", [toolCall("b")], block(400));
    expect([recall(turns, "a"), recall(turns, "b")]).toEqual([block(400), block(400)]);
  });
});
