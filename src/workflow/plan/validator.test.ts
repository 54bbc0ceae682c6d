import { describe, expect, it } from "vitest";
import { WorkflowConfigurationError, WorkflowValidationError } from "../errors.ts";
import { planFor, refusalsOf } from "../testing/planning.ts";
import { tool } from "../testing/tools.ts";
import { optionalParameters, PARAMETER_DEFAULTS, BUILT_IN_WORKFLOWS } from "./rules.ts";
import { checkTools, WorkflowValidator } from "./validator.ts";

const validator = new WorkflowValidator();

const TOOLS = [tool("calculate")];
const ALL = { retriever: "default", tools: TOOLS };

const WORKFLOWS = ["plain", "rag", "tools", "full"] as const;

describe("a workflow's name", () => {
  it.each(WORKFLOWS)("%s is known, and has all it needs", (workflow) => {
    expect(validator.validate(workflow, ALL)).toEqual([]);
  });

  it.each([
    ["rga", '; did you mean "rag"?'],
    ["plian", '; did you mean "plain"?'],
    ["TOOLS", '; did you mean "tools"?'],
    ["agents", ""],
    ["", ""],
    ["__proto__", ""],
  ])("%j is refused, with the ones there are%s", (name, question) => {
    const message = `is no workflow${question} (there are: plain, rag, tools, full)`;
    const errors = validator.validate(name, {}, { memory_window: 0 });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(WorkflowValidationError);
    expect(errors[0]).toMatchObject({
      code: "WORKFLOW_VALIDATION_ERROR",
      message: `Invalid workflow type: "${name}" ${message}.`,
      details: {
        invalid_parameters: ["workflow_type"],
        errors: [{ path: "workflow_type", message }],
      },
    });
  });
});

describe("what a workflow needs", () => {
  it.each([
    { workflow: "rag", given: {}, missing: "retriever", words: "a retriever" },
    { workflow: "rag", given: { tools: TOOLS }, missing: "retriever", words: "a retriever" },
    { workflow: "tools", given: {}, missing: "tools", words: "tools" },
    { workflow: "tools", given: { tools: [] }, missing: "tools", words: "tools" },
    { workflow: "full", given: {}, missing: "retriever, tools", words: "a retriever and tools" },
    { workflow: "full", given: { tools: TOOLS }, missing: "retriever", words: "a retriever" },
    { workflow: "full", given: { retriever: "default" }, missing: "tools", words: "tools" },
  ])("$workflow without $missing names just that", ({ workflow, given, missing, words }) => {
    const errors = validator.validate(workflow, given);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(WorkflowConfigurationError);
    expect(errors[0]?.code).toBe("WORKFLOW_CONFIG_ERROR");
    expect(errors[0]?.details).toEqual({ workflow_type: workflow, missing_parameter: missing });
    expect(errors[0]?.message).toBe(
      `The ${workflow} workflow needs ${words}; there are none for this run.`,
    );
  });

  it("plain needs nothing", () => {
    expect(validator.validate("plain", {})).toEqual([]);
  });

  it("trap B1: retriever and tools are resources, found by the plan, and no parameters", async () => {
    const made = await planFor({ request: { workflow: "full" } });
    expect(made.retrieval?.retriever).toBe("default");
    expect(made.tools?.names).toEqual(["calculate", "search_docs"]);
    const workflow_config = { retriever: "default", tools: ["calculate"] };
    const [error] = await refusalsOf({ request: { workflow: "full", workflow_config } });
    expect(error?.details.invalid_parameters).toEqual([
      "workflow_config.retriever",
      "workflow_config.tools",
    ]);
  });
});

/** The parameters of all workflows and of those with a retriever or tools, as in the seed's tables. */
const FOR_ALL = ["system_message", "enable_memory", "memory_window"];
const FOR_RETRIEVER = ["max_documents", "similarity_threshold", "retrieval_required"];
const FOR_TOOLS = ["max_tool_calls", "tool_timeout"];
const TAKES: Readonly<Record<(typeof WORKFLOWS)[number], readonly string[]>> = {
  plain: FOR_ALL,
  rag: [...FOR_ALL, ...FOR_RETRIEVER],
  tools: [...FOR_ALL, ...FOR_TOOLS],
  full: [...FOR_ALL, ...FOR_RETRIEVER, ...FOR_TOOLS],
};

/** Each parameter with values just inside and just outside of its bounds. */
const BOUNDS: readonly [name: string, inside: readonly unknown[], outside: readonly unknown[]][] = [
  ["system_message", ["", "s".repeat(100_000)], ["s".repeat(100_001), "a\0b", 3, null]],
  ["enable_memory", [true, false], ["true", 1, null]],
  ["memory_window", [1, 200], [0, 201, 1.5, "3", null]],
  ["max_documents", [1, 50], [0, 51, 2.5, null]],
  ["similarity_threshold", [0, 0.5, 1], [-0.01, 1.01, "0.5", null, Number.NaN]],
  ["retrieval_required", [true, false], ["false", 0, null]],
  ["max_tool_calls", [1, 20], [0, 21, 1.5, null]],
  ["tool_timeout", [0.1, 600], [0.09, 600.1, "30", null, Number.POSITIVE_INFINITY]],
];

describe("a workflow's parameters", () => {
  it.each(WORKFLOWS)("of %s are those of the table, in its order", (workflow) => {
    const rules = BUILT_IN_WORKFLOWS.get(workflow);
    expect(rules && optionalParameters(rules)).toEqual(TAKES[workflow]);
  });

  it("have the defaults of the contract", () => {
    expect(PARAMETER_DEFAULTS).toEqual({
      enable_memory: false,
      memory_window: 20,
      max_documents: 5,
      retrieval_required: true,
      max_tool_calls: 5,
      tool_timeout: 30,
    });
    for (const [name, value] of Object.entries(PARAMETER_DEFAULTS)) {
      expect(validator.validate("full", ALL, { [name]: value })).toEqual([]);
    }
  });

  it.each(BOUNDS)("%s is taken inside of its bounds", (name, inside) => {
    for (const value of inside) {
      expect(validator.validate("full", ALL, { [name]: value })).toEqual([]);
    }
  });

  it.each(BOUNDS)(
    "%s is refused outside of them, by name and with the rule",
    (name, _, outside) => {
      for (const value of outside) {
        const errors = validator.validate("full", ALL, { [name]: value });
        expect(errors, String(value)).toHaveLength(1);
        expect(errors[0]).toBeInstanceOf(WorkflowValidationError);
        expect(errors[0]?.details.invalid_parameters).toEqual([name]);
        for (const { path, message } of errors[0]?.details.errors ?? []) {
          expect(path).toBe(name);
          expect(errors[0]?.message).toContain(`${name}: ${message}`);
        }
      }
    },
  );

  it.each(
    WORKFLOWS.flatMap((workflow) =>
      TAKES.full
        .filter((name) => !TAKES[workflow].includes(name))
        .map((name) => ({ workflow, name })),
    ),
  )("$workflow does not take $name", ({ workflow, name }) => {
    const [error] = validator.validate(workflow, ALL, { [name]: 1 });
    expect(error?.details.errors).toEqual([
      {
        path: name,
        message: expect.stringContaining(`is no parameter of the ${workflow} workflow`) as string,
      },
    ]);
    expect(error?.details.errors?.[0]?.message).toContain(
      `there are: ${TAKES[workflow].join(", ")}`,
    );
  });

  it("that are misspelt get the right spelling, and their path where there is one", async () => {
    const [error] = validator.validate("tools", ALL, { max_tool_call: 3 });
    expect(error?.details.errors?.[0]?.message).toContain('did you mean "max_tool_calls"?');
    const request = { workflow: "tools", workflow_config: { memory_widow: 3 } };
    const [refusal] = await refusalsOf({ request });
    expect(refusal?.details.errors).toEqual([
      {
        path: "workflow_config.memory_widow",
        message: expect.stringContaining('did you mean "memory_window"?') as string,
      },
    ]);
  });

  it("that are wrong are all named at once, in one error, beside what is missing", () => {
    const errors = validator.validate(
      "full",
      {},
      { memory_window: 0, max_depth: 1, tool_timeout: 601, max_documents: 3 },
    );
    expect(errors.map(({ code }) => code)).toEqual([
      "WORKFLOW_CONFIG_ERROR",
      "WORKFLOW_VALIDATION_ERROR",
    ]);
    expect(errors[1]?.details.invalid_parameters).toEqual([
      "memory_window",
      "max_depth",
      "tool_timeout",
    ]);
    expect(errors[1]?.message).toMatch(/^Invalid parameters for the full workflow\. /);
  });

  it("of a workflow of the server's own follow from what it needs", () => {
    const own = new WorkflowValidator(
      new Map([["review", { description: "", required: ["tools"] as const }]]),
    );
    expect(own.validate("review", { tools: TOOLS }, { max_tool_calls: 3 })).toEqual([]);
    expect(own.validate("review", {}, { max_documents: 3 }).map(({ code }) => code)).toEqual([
      "WORKFLOW_CONFIG_ERROR",
      "WORKFLOW_VALIDATION_ERROR",
    ]);
    expect(own.validate("rag", ALL)[0]?.message).toContain("(there are: review)");
  });
});

describe("a list of tools", () => {
  const good = tool("calculate");

  it("is taken when each has a name, a description, a schema and something to do", () => {
    expect(checkTools([])).toEqual([]);
    expect(checkTools([good, tool("search.kb_2-x"), tool("x".repeat(64))])).toEqual([]);
  });

  it.each([null, undefined, {}, "calculate", new Map()])("must be a list, not %o", (tools) => {
    const [error] = checkTools(tools);
    expect(error).toBeInstanceOf(WorkflowValidationError);
    expect(error?.message).toBe("Tools must be a list.");
    expect(error?.details.invalid_parameters).toEqual(["tools"]);
  });

  it.each<{ what: string; made: unknown; path: string }>([
    { what: "no name", made: { ...good, name: undefined }, path: "tools[1].name" },
    { what: "an empty name", made: { ...good, name: "" }, path: "tools[1].name" },
    { what: "a name with spaces", made: { ...good, name: "my tool" }, path: "tools[1].name" },
    { what: "a long name", made: { ...good, name: "x".repeat(65) }, path: "tools[1].name" },
    { what: "no description", made: { ...good, description: " " }, path: "tools[1].description" },
    { what: "no schema", made: { ...good, parameters: null }, path: "tools[1].parameters" },
    {
      what: "a schema of no object",
      made: { ...good, name: "b", parameters: { type: "string" } },
      path: "tools[1].parameters",
    },
    { what: "nothing to do", made: { ...good, execute: "run" }, path: "tools[1].execute" },
    { what: "an unknown effect", made: { ...good, effect: "delete" }, path: "tools[1].effect" },
    { what: "an unknown approval", made: { ...good, approval: true }, path: "tools[1].approval" },
    { what: "a trust of words", made: { ...good, trusted: "yes" }, path: "tools[1].trusted" },
    { what: "no tool at all", made: null, path: "tools[1]" },
    { what: "the same name again", made: { ...good }, path: "tools[1].name" },
  ])("is refused with $what, by its place", ({ what, made, path }) => {
    const other = what === "the same name again" ? good : tool("other");
    const [error, ...more] = checkTools([other, made]);
    expect(more).toEqual([]);
    expect(error?.code).toBe("WORKFLOW_VALIDATION_ERROR");
    expect(error?.details.invalid_parameters).toEqual([path]);
    expect(error?.message).toContain(path);
  });

  it("names everything that is wrong with any of them", () => {
    const errors = checkTools([{ name: "a b" }, good, good, 7]);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.details.invalid_parameters).toEqual([
      "tools[0].name",
      "tools[0].description",
      "tools[0].parameters",
      "tools[0].execute",
      "tools[3]",
      "tools[2].name",
    ]);
  });

  it("is looked at where a workflow is checked with it", () => {
    const errors = validator.validate("tools", { tools: [{ ...good, execute: null }] });
    expect(errors.map(({ details }) => details.invalid_parameters)).toEqual([["tools[0].execute"]]);
  });
});
