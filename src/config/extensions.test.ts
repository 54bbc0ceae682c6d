import { describe, expect, it } from "vitest";
import { z } from "zod";
import { WorkflowConfigurationError } from "../workflow/errors.ts";
import { defineTool } from "../workflow/tools.ts";
import { readExtensions } from "./extensions.ts";

const tool = (name: string) =>
  defineTool({ name, description: "Does it.", parameters: z.object({}), execute: () => "done" });
const workflow = (name: string) => ({ name, run: async function* () {} });
const retriever = {
  retrieve: () =>
    Promise.resolve({ passages: [], mode: null, degraded: false, thresholdApplied: false }),
};

const like = (pattern: RegExp): unknown => expect.stringMatching(pattern);

function refusalOf(given: Readonly<Record<string, unknown>>): WorkflowConfigurationError {
  try {
    readExtensions(given);
  } catch (error) {
    if (error instanceof WorkflowConfigurationError) return error;
    throw error;
  }
  throw new Error("Nothing was found to be wrong.");
}

/** What is wrong, as `path: message`. */
function faultsOf(given: Readonly<Record<string, unknown>>): string[] {
  const error = refusalOf(given);
  const faults = error.details.errors?.map(({ path, message }) => `${path}: ${message}`) ?? [];
  // Whoever only reads the message is told as much.
  expect(error.message).toBe(`The configuration is wrong. ${faults.join("; ")}.`);
  return faults;
}

describe("the code of a configuration", () => {
  it("may be missing", () => {
    expect(readExtensions({})).toEqual({
      middleware: [],
      tools: [],
      retrievers: {},
      workflows: [],
      defaults: {},
      abTestGroups: [],
    });
  });

  it("is taken as it is, and frozen", () => {
    const given = {
      middleware: [{ name: "m", before: async (state: unknown) => state }],
      tools: [tool("a"), tool("b")],
      retrievers: { default: retriever, "hand.book-2": retriever },
      workflows: [{ ...workflow("review"), description: "Reviews.", required: ["tools"] }],
      defaults: { workflow: "review", temperature: 0.5, memory_window: 3, fallback_models: [] },
      abTestGroups: ["a", "b"],
    };
    const extensions = readExtensions(given);
    expect(extensions).toEqual(given);
    expect(Object.isFrozen(extensions)).toBe(true);
    expect(extensions.tools[0]).toBe(given.tools[0]);
  });

  it("takes the other names of a workflow for a default", () => {
    expect(readExtensions({ defaults: { workflow: "basic" } }).defaults.workflow).toBe("plain");
  });

  it("is named in full when it is wrong, all at once", () => {
    expect(
      faultsOf({ tools: {}, workflows: [workflow("X")], defaults: { temperature: 3 } }),
    ).toEqual([
      expect.stringMatching(/^workflows\[0\]\.name: "X" must be/),
      "tools: must be a list",
      expect.stringMatching(/^defaults\.temperature: /),
    ]);
  });

  it.each<[what: string, given: Record<string, unknown>, ...faults: unknown[]]>([
    ["a tool that is none", { tools: [7] }, "tools[0]: must be a tool"],
    [
      "a tool without a name and a function",
      { tools: [{ description: "x", parameters: { type: "object" } }] },
      like(/^tools\[0\]\.name: must be 1 to 64/),
      "tools[0].execute: must be a function",
    ],
    [
      "two tools of one name",
      { tools: [tool("a"), tool("b"), tool("a")] },
      'tools[2].name: "a" is there twice',
    ],
    ["retrievers in a list", { retrievers: [retriever] }, like(/^retrievers: must be an object/)],
    [
      "a retriever that is none",
      { retrievers: { default: null } },
      like(/^retrievers\.default: .*retrieve/),
    ],
    [
      "a retriever whose name nobody could send",
      { retrievers: { "a b": retriever } },
      like(/^retrievers\.a b: must have a name/),
    ],
    ["a workflow that is none", { workflows: [null] }, like(/^workflows\[0\]: must be an object/)],
    [
      "a workflow under the name of one of the four",
      { workflows: [workflow("rag")] },
      'workflows[0].name: "rag" is the name of a workflow of Chatter',
    ],
    [
      "a workflow that says what nobody reads",
      { workflows: [{ ...workflow("a"), requires: ["tools"] }] },
      like(/^workflows\[0\]\.requires: is no part of a workflow; did you mean "required"\?/),
    ],
    [
      "a workflow that needs what there is not",
      { workflows: [{ ...workflow("a"), required: ["tools", "web"] }] },
      'workflows[0].required: "web" must be retriever or tools',
    ],
    [
      "two workflows of one name",
      { workflows: [workflow("a"), workflow("a")] },
      'workflows[1].name: "a" is there twice',
    ],
    [
      "a default that is no parameter",
      { defaults: { max_documants: 3 } },
      like(/^defaults\.max_documants: is no parameter of runs; did you mean "max_documents"\?/),
    ],
    [
      "a default that is a setting",
      { defaults: { provider: "openai" } },
      like(/^defaults\.provider: /),
    ],
    [
      "a temperature out of its range",
      { defaults: { temperature: 2.1 } },
      like(/^defaults\.temperature: /),
    ],
    [
      "a limit of tokens out of its range",
      { defaults: { max_tokens: 0 } },
      like(/^defaults\.max_tokens: /),
    ],
    [
      "a window out of its range",
      { defaults: { memory_window: 201 } },
      like(/^defaults\.memory_window: /),
    ],
    [
      "a default workflow that does not exist",
      { workflows: [workflow("review")], defaults: { workflow: "revue" } },
      like(/^defaults\.workflow: "revue" is no workflow; did you mean "review"\?/),
    ],
    [
      "fallback models of the wrong shape",
      { defaults: { fallback_models: [{ provider: "openai" }] } },
      like(/^defaults\.fallback_models\.0\.model: /),
    ],
    ["groups in no list", { abTestGroups: "a" }, like(/^abTestGroups: /)],
    [
      "a group without a name",
      { abTestGroups: ["a", ""] },
      like(/^abTestGroups\[1\]: must have 1 to 64/),
    ],
    [
      "a group that is there twice",
      { abTestGroups: ["a", "b", "a"] },
      'abTestGroups[2]: "a" is there twice',
    ],
  ])("is refused for %s", (_what, given, ...faults) => {
    expect(faultsOf(given)).toEqual(faults);
  });

  it("does not hide a defect of its own making", () => {
    const broken = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error("a defect");
        },
      },
    );
    expect(() => readExtensions({ workflows: [broken] })).toThrow("a defect");
  });
});
