import { afterAll, describe, expect, test } from "vitest";
import { Sandbox } from "../sandbox/sandbox.ts";
import type { CodeProgram } from "../sandbox/runner.ts";
import type { ToolContext, ToolOutput } from "../../workflow/ports/tools.ts";
import { createExecuteCode } from "./execute-code.ts";

const CONTEXT: ToolContext = {
  userId: "ann",
  conversationId: "conv_1",
  runId: "run_1",
  toolCallId: "call_1",
  allowedTools: null,
  ask: null,
};
const NEVER = new AbortController().signal;
const sandbox = new Sandbox();
const tool = createExecuteCode(sandbox);

afterAll(() => sandbox.close());

async function execute(args: Record<string, unknown>): Promise<ToolOutput> {
  return (await tool.execute(args, CONTEXT, NEVER)) as ToolOutput;
}

describe("execute_code", () => {
  test("changes nothing, and what it returns is not to be trusted", () => {
    expect(tool).toMatchObject({ name: "execute_code", effect: "read" });
    expect(tool.trusted).toBeUndefined();
    expect(tool.parameters).toMatchObject({ required: ["language", "code"] });
  });

  test("gives result, output, time and memory, in words and as data", async () => {
    const code = 'console.log("working");\n[1, 2, 3].map((n) => n * 2)';
    const { content, structured } = await execute({ language: "javascript", code });
    expect(content).toMatch(
      /^The program ended\. Its result: \[ 2, 4, 6 \]\nIt wrote:\nworking\nIt took \d+ ms and \d+\.\d MB of memory\.$/,
    );
    expect(structured).toEqual({
      ok: true,
      output: "working",
      output_cut: false,
      result: [2, 4, 6],
      error: null,
      duration_ms: expect.any(Number),
      memory_bytes: expect.any(Number),
      timed_out: false,
    });
  });

  test("gives the error with its line, and what was written before it", async () => {
    const code = "const x: number[] = [];\nconsole.log(x.length);\nx[0].name;";
    const { content, structured } = await execute({ language: "typescript", code });
    expect(content).toMatch(/^The program failed\. TypeError: .* \(line 3\)\nIt wrote:\n0\n/);
    expect(structured).toMatchObject({
      ok: false,
      result: null,
      error: { name: "TypeError", line: 3 },
    });
  });

  test("says when output was cut, and when time was over", async () => {
    const code = "for (;;) console.log('x'.repeat(2000))";
    const { content, structured } = await execute({
      language: "javascript",
      code,
      timeout_ms: 1500,
    });
    expect(content).toMatch(
      /^The program failed\. Timeout: The program did not end within 1\.5 s\./,
    );
    expect(content).toContain("\n[Cut: the first 20000 characters are shown.]\n");
    expect(structured).toMatchObject({ output_cut: true, timed_out: true });
  });

  test.each<[what: string, args: Record<string, unknown>, error: string]>([
    ["no code", { language: "javascript", code: "" }, "code:"],
    ["too much code", { language: "javascript", code: "x".repeat(100_001) }, "code:"],
    ["another language", { language: "python", code: "1" }, "language:"],
    ["too much time", { language: "javascript", code: "1", timeout_ms: 10_001 }, "timeout_ms:"],
  ])("refuses %s", async (_what, args, error) => {
    await expect(execute(args)).rejects.toThrow(error);
  });

  test("gives a program 5 s unless it is told otherwise, and the signal of its call", async () => {
    const seen: unknown[] = [];
    const recording = createExecuteCode({
      run: (program: CodeProgram, signal) => {
        seen.push(program.timeoutMs, signal);
        return Promise.reject(new Error("seen"));
      },
    });
    for (const args of [{}, { timeout_ms: 100 }]) {
      const call = { language: "javascript", code: "1", ...args };
      await expect(recording.execute(call, CONTEXT, NEVER)).rejects.toThrow("seen");
    }
    expect(seen).toEqual([5000, NEVER, 100, NEVER]);
  });
});
