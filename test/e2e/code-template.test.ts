/** The template code_assistant with all of its tools: a scripted model that uses each, and the offline provider. */
import { beforeAll, describe, expect, it } from "vitest";
import type { RunEvent } from "../../src/contract/events.ts";
import type { Message } from "../../src/contract/messages.ts";
import { answerSteps, type StubStep } from "../../src/providers/testing/stub-upstream.ts";
import type { Api } from "../support/api.ts";
import { ENGINES } from "../support/engines.ts";
import { putDocument } from "../support/put-document.ts";
import {
  type Asked,
  callTools,
  resultsSoFar,
  useScriptedModel,
} from "../support/scripted-model.ts";
import { eventOf } from "../support/sse.ts";

const CODE = { workflow_template: "code_assistant" };
const ADD = "function add(a: number, b: number): number {\n  return a + b;\n}";
const TESTS =
  "test('adds', () => expect(add(1, 2)).toBe(3));\ntest('is wrong', () => expect(add(1, 2)).toBe(4));";
const MANUAL = "The function add takes two numbers.";

/** Reads the documentation, runs the code and has it tested, one after the other; writes the tests when it is asked. */
function nextTurn(request: Asked): StubStep[] {
  if (!request.tools) return answerSteps(`\`\`\`ts\n${TESTS}\n\`\`\``);
  switch (resultsSoFar(request)) {
    case 0:
      return callTools({ search_docs: { query: "function add" } });
    case 1:
      return callTools({
        execute_code: { language: "typescript", code: `${ADD}\nconsole.log("sum");\nadd(20, 22)` },
      });
    case 2:
      return callTools({ generate_tests: { language: "typescript", code: ADD } });
    default:
      return answerSteps("It takes two numbers [1] ", "and gives 42. One test fails [5].");
  }
}

function ofType<Type extends RunEvent["type"]>(events: readonly RunEvent[], type: Type) {
  return events.filter((event): event is Extract<RunEvent, { type: Type }> => event.type === type);
}

/** What a run has shown, and the answer as it is stored. */
async function ask(
  api: Api,
  message: string,
  options: object = {},
): Promise<{ events: RunEvent[]; stored?: Message }> {
  const { id, conversation_id } = await api.start(message, { ...CODE, ...options });
  expect(await api.ended(id)).toMatchObject({ status: "completed" });
  const events = (await api.events(id)).map((frame) => eventOf(frame));
  const stored = (await api.messages(conversation_id)).at(-1);
  return { events, ...(stored && { stored }) };
}

describe.each(ENGINES)("code_assistant on $name", (engine) => {
  const { house, asked } = useScriptedModel(engine, nextTurn);
  beforeAll(async () => {
    await putDocument(house.api, "code_docs", "Manual", MANUAL);
    await putDocument(house.api, "elsewhere", "Secret", "The function add is secret.");
  });

  describe("with a scripted model", () => {
    let events: RunEvent[];
    let stored: Message | undefined;
    beforeAll(async () => {
      ({ events, stored } = await ask(house.api, "What does add do?"));
    });

    it("calls its tools in the order in which the model asks, without asking a person", () => {
      const names = ["search_docs", "execute_code", "generate_tests"];
      expect(ofType(events, "tool_call").map(({ name }) => name)).toEqual(names);
      expect(ofType(events, "tool_result").map(({ name, status }) => [name, status])).toEqual(
        names.map((name) => [name, "ok"]),
      );
      expect(ofType(events, "tool_approval")).toEqual([]);
    });

    it("runs code: output, result, time and memory are in event and message", () => {
      const outcome = {
        ok: true,
        output: "sum",
        result: 42,
        error: null,
        timed_out: false,
        duration_ms: expect.any(Number) as number,
        memory_bytes: expect.any(Number) as number,
      };
      expect(ofType(events, "tool_result")[1]).toMatchObject({ structured: outcome });
      expect(stored?.tool_calls?.[1]).toMatchObject({
        name: "execute_code",
        status: "ok",
        untrusted: true,
        structured: outcome,
      });
    });

    it("has tests written by the model of the run, and says which of them failed", () => {
      const outcome = {
        passed: 1,
        failed: 1,
        error: null,
        results: [
          { name: "adds", passed: true, error: null },
          { name: "is wrong", passed: false, error: "expected 3 toBe 4" },
        ],
      };
      expect(ofType(events, "tool_result")[2]).toMatchObject({ structured: outcome });
      expect(stored?.tool_calls?.[2]).toMatchObject({ structured: outcome });
      const told = asked.at(-1)?.messages.findLast(({ role }) => role === "tool")?.content;
      expect(told).toContain("failed: is wrong: expected 3 toBe 4");
      // What the model says inside of a tool is nothing that the run says.
      const said = ofType(events, "token").map(({ content }) => content);
      expect(said.join("")).toBe("It takes two numbers [1] and gives 42. One test fails [5].");
    });

    it("cites what was found in the code documentation, and nothing else", () => {
      const citations = ofType(events, "sources").flatMap((event) => event.citations);
      expect(citations).toMatchObject([{ index: 1, document_title: "Manual", excerpt: MANUAL }]);
      expect(ofType(events, "message")[0]?.citations).toEqual(citations);
      expect(stored?.citations).toEqual(citations);
    });

    it("counts its calls, the one inside of a tool as well", () => {
      expect(stored?.usage).toMatchObject({ model_calls: 5, tool_calls: 3 });
    });
  });

  describe("with the offline provider", () => {
    const offline = (message: string) => ask(house.api, message, { provider: "offline" });

    it("answers from the code documentation, with citations", async () => {
      const { events, stored } = await offline("Search the docs for function add");
      expect(ofType(events, "tool_result")).toMatchObject([{ name: "search_docs", status: "ok" }]);
      expect(stored?.content).toContain(`${MANUAL} [1]`);
      expect(stored?.citations).toMatchObject([{ index: 1, document_title: "Manual" }]);
    });

    it("runs the code of a message, and says what came of it", async () => {
      const { events, stored } = await offline("Run this:\n```ts\nconst a: number = 6; a * 7\n```");
      expect(ofType(events, "tool_result")).toMatchObject([
        { name: "execute_code", status: "ok", structured: { ok: true, result: 42 } },
      ]);
      expect(stored?.content).toContain("The program ended. Its result: 42");
      expect(stored?.tool_calls).toMatchObject([{ name: "execute_code", status: "ok" }]);
    });

    it("tells an error of the code with its line", async () => {
      const { stored } = await offline("Please execute:\n```js\nconst a = null;\na.b\n```");
      expect(stored?.tool_calls?.[0]?.structured).toMatchObject({
        ok: false,
        error: { name: "TypeError", line: 2 },
      });
      expect(stored?.content).toMatch(/TypeError: .* \(line 2\)/);
    });

    it("says that it can write no tests itself", async () => {
      const { events, stored } = await offline(`Write tests for:\n\`\`\`ts\n${ADD}\n\`\`\``);
      expect(ofType(events, "tool_result")).toMatchObject([
        { name: "generate_tests", status: "error" },
      ]);
      expect(stored?.content).toContain("the model gave no tests for this code");
    });
  });
});
