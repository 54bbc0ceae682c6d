import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { childrenOf } from "../processes/testing/watch.ts";
import { createScriptedProvider, textAnswer, toolCallAnswer } from "../providers/scripted.ts";
import { defineTool } from "../workflow/tools.ts";
import { type Chatter, type ChatterOptions, createChatter } from "./library.ts";

const PROGRAM = "sandbox/child.js";
const FIRST = { name: "program.js", language: "javascript", code: "6 * 7" } as const;

/** A model that calls a tool, writes tests where it is asked for them, and then says what it was told. */
async function open(
  name: string,
  args: Record<string, unknown>,
  options: ChatterOptions = {},
): Promise<Chatter> {
  const provider = createScriptedProvider(({ messages, tools }) => {
    const last = messages.at(-1);
    if (last?.role === "tool") return textAnswer(last.content);
    if (tools.length === 0) {
      const usage = { input_tokens: 100, output_tokens: 20 };
      return textAnswer("```js\ntest('adds', () => expect(add(1, 1)).toBe(2))\n```", usage);
    }
    return toolCallAnswer([{ tool_call_id: "call_1", name, arguments: args }]);
  });
  const chatter = await createChatter({ providers: [provider], ...options });
  onTestFinished(() => chatter.close());
  return chatter;
}

const REQUEST = { message: "Go.", workflow: "tools", max_tool_calls: 1 } as const;

describe("tools that run code", () => {
  it("are there in every engine; a process is started with the first program and ends with the engine", async () => {
    const { name: _, ...args } = FIRST;
    const chatter = await open("execute_code", args);
    expect(childrenOf(process.pid, PROGRAM)).toEqual([]);
    const { message } = await chatter.chat({ ...REQUEST, allowed_tools: ["execute_code"] });
    expect(message.content).toMatch(/^The program ended\. Its result: 42/);
    expect(message.tool_calls).toMatchObject([
      { status: "ok", structured: { ok: true, result: 42 }, untrusted: true },
    ]);
    await chatter.close();
    expect(childrenOf(process.pid, PROGRAM)).toEqual([]);
  });

  it("ask the run's model, whose tokens are counted as the run's", async () => {
    const code = "function add(a, b) { return a + b }";
    const chatter = await open("generate_tests", { language: "javascript", code });
    const { message, usage } = await chatter.chat({
      ...REQUEST,
      allowed_tools: ["generate_tests"],
    });
    expect(message.content).toMatch(/^1 tests passed, 0 failed\.\npassed: adds\n/);
    expect(usage).toMatchObject({ model_calls: 3, input_tokens: 100, output_tokens: 20 });
  });

  it("give way to a tool of the configuration with the same name", async () => {
    const own = defineTool({
      name: "execute_code",
      description: "Runs code elsewhere.",
      parameters: z.object({}),
      execute: () => "my own",
    });
    const chatter = await open("execute_code", {}, { tools: [own] });
    const { message } = await chatter.chat({ ...REQUEST, allowed_tools: ["execute_code"] });
    expect(message.content).toBe("my own");
  });
});
