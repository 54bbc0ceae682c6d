import { describe, expect, it } from "vitest";
import { ask } from "../testing/collect.ts";
import { toCallOptions } from "./prompt.ts";

describe("the options of a call", () => {
  it("have the messages as the SDK wants them, results of tools together and with their names", () => {
    const calls = [
      { tool_call_id: "1", name: "f", arguments: { x: 1 } },
      { tool_call_id: "2", name: "g", arguments: {} },
    ];
    const { prompt } = toCallOptions({
      ...ask(""),
      messages: [
        { role: "system", content: "s" },
        { role: "user", content: "u" },
        { role: "assistant", content: "", tool_calls: calls },
        { role: "tool", content: "r1", tool_call_id: "1" },
        { role: "tool", content: "r2", tool_call_id: "2" },
        { role: "assistant", content: "a" },
        { role: "tool", content: "r3", tool_call_id: "3" },
      ],
    });
    const result = (toolCallId: string, toolName: string, value: string): object => ({
      type: "tool-result",
      toolCallId,
      toolName,
      output: { type: "text", value },
    });
    expect(prompt).toEqual([
      { role: "system", content: "s" },
      { role: "user", content: [{ type: "text", text: "u" }] },
      {
        role: "assistant",
        content: [
          { type: "tool-call", toolCallId: "1", toolName: "f", input: { x: 1 } },
          { type: "tool-call", toolCallId: "2", toolName: "g", input: {} },
        ],
      },
      { role: "tool", content: [result("1", "f", "r1"), result("2", "g", "r2")] },
      { role: "assistant", content: [{ type: "text", text: "a" }] },
      { role: "tool", content: [result("3", "unknown", "r3")] },
    ]);
  });

  it("have tools and limits where they are set, and nothing else", () => {
    const parameters = { type: "object", properties: { x: { type: "number" } } };
    const tools = [{ name: "f", description: "d", parameters }];
    expect(toCallOptions(ask("u", { tools, temperature: 0, max_tokens: 5 }))).toMatchObject({
      tools: [{ type: "function", name: "f", description: "d", inputSchema: parameters }],
      temperature: 0,
      maxOutputTokens: 5,
    });
    expect(Object.keys(toCallOptions(ask("u")))).toEqual(["prompt"]);
  });
});
