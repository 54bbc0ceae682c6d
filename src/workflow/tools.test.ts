import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { ToolContext } from "./ports/tools.ts";
import { defineTool } from "./tools.ts";

const context: ToolContext = {
  userId: "ann",
  conversationId: "conv_1",
  runId: "run_1",
  toolCallId: "call_1",
  allowedTools: null,
  ask: null,
};
const { signal } = new AbortController();

const weather = defineTool({
  name: "weather",
  description: "Says the weather.",
  parameters: z.object({ city: z.string().describe("a city"), days: z.int().default(1) }),
  execute: ({ city, days }) => `${city}, ${days}`,
});

describe("a tool", () => {
  it("describes its arguments as the model may give them, as JSON Schema", () => {
    expect(weather.parameters).toEqual({
      type: "object",
      properties: {
        city: { type: "string", description: "a city" },
        days: expect.objectContaining({ type: "integer", default: 1 }),
      },
      required: ["city"],
    });
    expect(Object.isFrozen(weather)).toBe(true);
  });

  it("gets its arguments checked and completed", async () => {
    expect(await weather.execute({ city: "Bern" }, context, signal)).toBe("Bern, 1");
  });

  it("does not run with wrong ones: the model is told what is wrong with each", async () => {
    const call = weather.execute({ city: 7, days: 1.5 }, context, signal);
    await expect(call).rejects.toThrow(/city: .*string.*; days: .*Call it again with right ones/);
  });

  it("gets its context and signal", async () => {
    const seen: unknown[] = [];
    const tool = defineTool({
      name: "looks",
      description: "Looks.",
      parameters: z.object({}),
      execute: (...all) => void seen.push(...all.slice(1)),
    });
    await tool.execute({}, context, signal);
    expect(seen).toEqual([context, signal]);
  });

  it.each([
    ["a text", "plain", "plain"],
    ["an object", { a: [1] }, { content: '{"a":[1]}', structured: { a: [1] } }],
    ["a list", [1], "[1]"],
    ["a promise", Promise.resolve(5), "5"],
    ["nothing", undefined, ""],
  ])("shows the model %s", async (_what, result, shown) => {
    const tool = defineTool({
      name: "gives",
      description: "Gives.",
      parameters: z.object({}),
      execute: () => result,
    });
    expect(await tool.execute({}, context, signal)).toEqual(shown);
  });

  it("is refused with a bad name or nothing to choose it by", () => {
    const parameters = z.object({});
    const execute = () => "";
    expect(() => defineTool({ name: "a b", description: "x", parameters, execute })).toThrow(
      /tools\[0\]\.name must be 1 to 64 letters/,
    );
    expect(() => defineTool({ name: "a", description: " ", parameters, execute })).toThrow(
      /description must say what the tool does/,
    );
  });

  it("is refused without a schema of Zod 4", () => {
    const parameters = { type: "object" } as unknown as z.ZodObject;
    const input = { name: "a", description: "x", parameters, execute: () => "" };
    expect(() => defineTool(input)).toThrow(/^parameters: must be an object of Zod 4/);
  });
});
