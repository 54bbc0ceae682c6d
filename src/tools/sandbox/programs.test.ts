import { afterAll, describe, expect, test } from "vitest";
import type { CodeOutcome, CodeProgram } from "./runner.ts";
import { Sandbox } from "./sandbox.ts";

const NEVER = new AbortController().signal;
const sandbox = new Sandbox({ bubblewrap: null, programs: 2 });

afterAll(() => sandbox.close());

function run(text: string, timeoutMs = 20_000, isTyped = false): Promise<CodeOutcome> {
  const name = isTyped ? "program.ts" : "program.js";
  const language = isTyped ? "typescript" : "javascript";
  return sandbox.run({ sources: [{ name, language, text }], timeoutMs }, NEVER);
}

function runTyped(text: string): Promise<CodeOutcome> {
  return run(text, 20_000, true);
}

describe.concurrent("a program", () => {
  test("comes to its last value, its output, its time and its memory", async () => {
    const outcome = await runTyped('const n: number = 6; console.log("n is", n, { n }); n * 7');
    expect(outcome).toMatchObject({ result: 42, resultText: "42", error: null, timedOut: false });
    expect(outcome.output).toBe("n is 6 { n: 6 }");
    expect(outcome.durationMs).toBeGreaterThan(0);
    expect(outcome.memoryBytes).toBeGreaterThan(0);
  });

  test.each<[what: string, text: string, result: unknown]>([
    [
      "plain data",
      "({ a: [1, 'b', null, true, { c: 0.5 }] })",
      { a: [1, "b", null, true, { c: 0.5 }] },
    ],
    ["nothing", "undefined", null],
    ["a map", "new Map([['a', new Set([1])]])", 'Map { "a" => Set { 1 } }'],
    ["a circle", "const o = { a: 1, o: null }; o.o = o; o", "{ a: 1, o: [Circular] }"],
    ["a class", "class Point { x = 1n }; new Point()", "Point { x: 1n }"],
    ["a date and a pattern", "[new Date(0), /a/g]", "[ 1970-01-01T00:00:00.000Z, /a/g ]"],
    ["what was awaited", "await new Promise((done) => setTimeout(() => done('late'), 20))", "late"],
    ["a promise", "Promise.resolve([1])", [1]],
    ["a module", "export const a = 1; export function f() {}", "{ a: 1, f: [Function: f] }"],
    [
      "more than is shown",
      "Array(101).fill(0).map(() => () => 1)",
      expect.stringMatching(/… 1 more \]$/),
    ],
  ])("may come to %s", async (_what, text, result) => {
    expect((await run(text)).result).toEqual(result);
  });

  test("in TypeScript may have what takes other code; its lines are not known then", async () => {
    const text = "enum E { A = 3 }\nif (E.A < 3) null.x;\nE.A";
    expect((await runTyped(text)).result).toBe(3);
    expect(await runTyped(text.replace("<", "<="))).toMatchObject({
      error: { name: "TypeError", line: null },
    });
    expect(await runTyped("let a: number = 1;\nlet b: =")).toMatchObject({
      error: { name: "SyntaxError", line: 2 },
    });
    expect(await runTyped("let a: number = 1;\n\nnull.x")).toMatchObject({ error: { line: 3 } });
  });

  test("has its NULs and halves of characters replaced in output, and shown in results", async () => {
    const outcome = await run('console.log("a\\0b\\ud800"); ({ "\\0": "\\ud800" })');
    expect(outcome.output).toBe("a\uFFFDb\uFFFD");
    expect(outcome.result).toBe('{ \uFFFD: "\\ud800" }');
  });

  test("goes on with its timers after its last line, in their order", async () => {
    const text = `
      setTimeout(() => console.log("third"), 30);
      setTimeout((name) => console.log(name), 10, "second");
      clearTimeout(setTimeout(() => console.log("never"), 1));
      let count = 0;
      const every = setInterval(() => {
        if (++count < 3) return;
        clearInterval(every);
        console.log("three times");
      }, 40);
      queueMicrotask(() => console.log("first"));
    `;
    expect((await run(text)).output).toBe("first\nsecond\nthird\nthree times");
  });

  test.each<[what: string, text: string, error: object]>([
    ["throws", "let a = 1;\n\nnull.x", { name: "TypeError", line: 3 }],
    [
      "throws in a promise",
      "await 0;\nawait Promise.reject(new RangeError('no'))",
      { name: "RangeError", message: "no", line: 2 },
    ],
    [
      "throws in a timer",
      "setTimeout(() => { throw new Error('late') })",
      { message: "late", line: 1 },
    ],
    ["is none", "let = = 1", { name: "SyntaxError" }],
    ["is no JavaScript", "1 +", { name: "SyntaxError" }],
    [
      "throws what is no error",
      "throw { code: 7 }",
      { name: "Thrown", message: "{ code: 7 }", line: null },
    ],
    [
      "waits for nothing",
      "await new Promise(() => {})",
      { message: "The program waits for a promise that nothing settles." },
    ],
  ])("that %s fails with that", async (_what, text, error) => {
    expect(await run(text)).toMatchObject({ error, timedOut: false, result: null });
  });

  test("that is over its time says what it wrote until then", async () => {
    expect(await run('console.log("begun"); for (;;) {}', 1500)).toMatchObject({
      output: "begun",
      timedOut: true,
      error: { name: "Timeout", message: "The program did not end within 1.5 s." },
    });
  });

  test("is told that it wrote too much, and keeps the beginning", async () => {
    const { output, outputCut } = await run("for (let i = 0; i < 30000; i++) console.log(i % 10)");
    expect({ length: output.length, outputCut }).toEqual({ length: 20_000, outputCut: true });
    expect(output.startsWith("0\n1\n2\n")).toBe(true);
  });

  test("of several sources shares what they declare, and ends with the first that fails", async () => {
    const sources = [
      "var a = 1; const b = 2",
      "a + b",
      "throw new Error('here')",
      "console.log('never')",
    ];
    const program = (count: number): CodeProgram => ({
      sources: sources.slice(0, count).map((text) => ({ name: "x", language: "javascript", text })),
      timeoutMs: 20_000,
    });
    expect((await sandbox.run(program(2), NEVER)).result).toBe(3);
    expect(await sandbox.run(program(4), NEVER)).toMatchObject({
      error: { message: "here" },
      output: "",
    });
  });
});
