import { afterAll, describe, expect, test } from "vitest";
import { Sandbox } from "../sandbox/sandbox.ts";
import { createOfflineProvider } from "../../providers/offline/provider.ts";
import type { ModelMessage } from "../../workflow/ports/model.ts";
import type { ToolContext, ToolOutput } from "../../workflow/ports/tools.ts";
import { createGenerateTests } from "./generate-tests.ts";
import { testRequest, testsIn } from "./generated-tests.ts";

const NEVER = new AbortController().signal;
const sandbox = new Sandbox();
const tool = createGenerateTests(sandbox);

afterAll(() => sandbox.close());

function contextWith(ask: ToolContext["ask"]): ToolContext {
  return {
    userId: "ann",
    conversationId: "conv_1",
    runId: "run_1",
    toolCallId: "call_1",
    allowedTools: null,
    ask,
  };
}

const ADD = "export function add(a: number, b: number): number {\n  return a + b;\n}";

/** What comes of tests that the model writes for `ADD`, unless another code is given. */
async function testWith(tests: string, code = ADD): Promise<ToolOutput> {
  const answer = `Here they are:\n\n\`\`\`ts\n${tests}\n\`\`\`\n`;
  const context = contextWith(() => Promise.resolve(answer));
  return (await tool.execute({ language: "typescript", code }, context, NEVER)) as ToolOutput;
}

describe("generate_tests", () => {
  test("asks the run's model for tests of the code, and tells which passed", async () => {
    const asked: [readonly ModelMessage[], number, AbortSignal][] = [];
    const tests =
      "test('adds', () => expect(add(1, 2)).toBe(3));\ntest('is wrong', () => expect(add(1, 2)).toBe(4));";
    const context = contextWith((...args) => {
      asked.push(args);
      return Promise.resolve(`\`\`\`typescript\n${tests}\n\`\`\``);
    });
    const args = { language: "typescript", code: ADD, description: "Adds numbers." };
    const { content, structured } = (await tool.execute(args, context, NEVER)) as ToolOutput;
    expect(asked).toMatchObject([
      [[{ role: "system" }, { role: "user", content: expect.stringContaining(ADD) }], 3000, NEVER],
    ]);
    expect(asked[0]?.[0][1]?.content).toContain("What it is for: Adds numbers.");
    expect(content).toMatch(
      /^1 tests passed, 1 failed\.\npassed: adds\nfailed: is wrong: expected 3 toBe 4\n/,
    );
    expect(content).toContain(tests);
    expect(structured).toEqual({
      passed: 1,
      failed: 1,
      results: [
        { name: "adds", passed: true, error: null },
        { name: "is wrong", passed: false, error: "expected 3 toBe 4" },
      ],
      error: null,
      tests: `${tests}\n`,
    });
  });

  test.each<[what: string, tests: string, error: string]>([
    ["the code fails", "test('x', () => {})", "In the code: ReferenceError"],
    [
      "the tests fail outside of a test",
      "test('x', () => {});\nnull.x",
      "In the tests: TypeError: cannot read property 'x' of null (line 2)",
    ],
    ["they are none", "test('x', () => {}", "In the tests: SyntaxError"],
    ["they never end", "test('x', () => new Promise(() => {}))", "Error: The program waits"],
    ["there is none", "// test(", "The model's code defines no test."],
  ])("says that the tests could not be run where %s", async (what, tests, error) => {
    const code = what === "the code fails" ? "missing();" : "const a = 1;";
    const { content, structured } = await testWith(tests, code);
    expect(content).toContain(`The tests could not be run. ${error}`);
    expect(structured).toMatchObject({
      passed: 0,
      failed: 0,
      error: expect.stringContaining(error),
    });
  });

  test("says so when the model gives no tests, as the offline provider does", async () => {
    const offline = createOfflineProvider();
    const context = contextWith(async (messages, max_tokens, signal) => {
      let text = "";
      const request = { model: "offline", messages, tools: [], temperature: null, max_tokens };
      for await (const delta of offline.stream(request, signal)) {
        if (delta.type === "text") text += delta.text;
      }
      return text;
    });
    const running = tool.execute({ language: "typescript", code: ADD }, context, NEVER);
    await expect(running).rejects.toThrow("the model gave no tests for this code");
  });

  test("says so where there is no model", async () => {
    const running = tool.execute({ language: "typescript", code: ADD }, contextWith(null), NEVER);
    await expect(running).rejects.toThrow("there is no model to write tests here");
  });
});

describe("what a test may expect", () => {
  const HOLDS = [
    "expect(1).toBe(1); expect(NaN).toBe(NaN); expect(1).not.toBe('1')",
    "expect({ a: [1, new Map([[1, { b: 2 }]])] }).toEqual({ a: [1, new Map([[1, { b: 2 }]])] })",
    "expect({ a: 1 }).not.toEqual({ a: 1, b: undefined }); expect([1]).not.toEqual({ 0: 1 })",
    "expect(new Date(1)).toEqual(new Date(1)); expect(new Date(1)).not.toStrictEqual(new Date(2))",
    "expect(() => { throw new TypeError('no way') }).toThrow(); expect(() => {}).not.toThrow()",
    "const f = () => { throw new TypeError('no way') }; expect(f).toThrow('way'); expect(f).toThrow(/^no/); expect(f).toThrow(TypeError); expect(f).not.toThrow(RangeError)",
    "await expect(Promise.resolve([1])).resolves.toEqual([1])",
    "await expect(Promise.reject(new Error('late'))).rejects.toThrow('late')",
    "expect(0).toBeFalsy(); expect(1).toBeTruthy(); expect(null).toBeNull(); expect(undefined).toBeUndefined(); expect(0).toBeDefined(); expect(NaN).toBeNaN()",
    "expect(2).toBeGreaterThan(1); expect(2).toBeGreaterThanOrEqual(2); expect(1).toBeLessThan(2); expect(2).toBeLessThanOrEqual(2); expect(0.1 + 0.2).toBeCloseTo(0.3)",
    "expect([1, 2]).toContain(2); expect('abc').toContain('bc'); expect('abc').toHaveLength(3); expect({ a: 1 }).toHaveProperty('a'); expect('abc').toMatch(/b/); expect([]).toBeInstanceOf(Array)",
    "assert(true); assert(1 === 1, 'one')",
  ];
  const FAILS: readonly [text: string, error: string][] = [
    ["expect(1).toBe(2)", "expected 1 toBe 2"],
    ["expect({ a: 1 }).not.toEqual({ a: 1 })", 'expected {"a":1} not toEqual {"a":1}'],
    ["expect(() => {}).toThrow()", "expected () => {} toThrow"],
    ["await expect(Promise.resolve(1)).rejects.toThrow()", "expected a promise to be rejected"],
    ["await expect(Promise.resolve(1)).resolves.toBe(2)", "expected 1 toBe 2"],
    ["assert(false, 'the reason')", "the reason"],
    ["throw 'a text'", "a text"],
  ];

  test("holds and fails as it should", async () => {
    const all = [...HOLDS, ...FAILS.map(([text]) => text)];
    const tests = all.map((text, at) => `it("${at}", async () => { ${text} });`).join("\n");
    const { structured } = await testWith(`describe("all", () => {\n${tests}\n});`);
    const errors = [...HOLDS.map(() => null), ...FAILS.map(([, error]) => error)];
    expect(structured).toMatchObject({
      error: null,
      results: errors.map((error, at) => ({ name: `all > ${at}`, passed: error === null, error })),
    });
  });

  test("is cut where it is long; so is what is told of many tests", async () => {
    const { structured } = await testWith(
      "for (let i = 0; i < 60; i++) test(`${i}`.padEnd(500, '-'), () => assert(i < 0, 'x'.repeat(1000)))",
    );
    const results = structured?.["results"] as { name: string; error: string }[];
    expect(results).toHaveLength(50);
    expect(Math.max(...results.map(({ name }) => name.length))).toBe(100);
    expect(Math.max(...results.map(({ error }) => error.length))).toBe(250);
  });
});

describe("between the model and the sandbox", () => {
  test("code that has fences in it is still one block", () => {
    const [, user] = testRequest("a = `x`;\n```\n````", "javascript", "");
    expect(user?.content).toContain("`````javascript\na = `x`;\n```\n````\n`````");
  });

  test("tests are taken from the fenced blocks that have any", () => {
    const install = "```sh\nnpm install\n```";
    const first = "```js\ntest('a', () => {})\n```";
    const second = "~~~\n```ts\nit('b', () => {})\n```";
    expect(testsIn(`${install}\nand\n${first}\nand\n${second}`)).toBe(
      "test('a', () => {})\n\nit('b', () => {})\n",
    );
    expect(testsIn("````js\ntest('```')\n````")).toBe("test('```')\n");
    expect(testsIn("test('no fence', () => {})")).toBe(null);
    expect(testsIn("```js\nadd(1, 2)\n```")).toBe(null);
    expect(testsIn("```js\ntest('cut off")).toBe(null);
  });
});
