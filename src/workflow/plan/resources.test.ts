import { describe, expect, it } from "vitest";
import { planFor, type PlanningInput, refusalsOf, templateOf } from "../testing/planning.ts";
import { UNKNOWN_POLICY } from "../ports/tools.ts";
import { missingResources } from "./resources.ts";

const RAG = { workflow: "rag" };
const TOOLS = { workflow: "tools" };

/** The request of a template with these needs, on a server with two tools and two retrievers. */
function ofTemplate(
  workflow_type: string,
  needs: { required_tools?: string[]; required_retrievers?: string[] },
  request: PlanningInput["request"] = {},
): PlanningInput {
  return {
    request: { workflow_template: "mine", ...request },
    templates: [templateOf({ workflow_type, ...needs })],
  };
}

describe("the retriever of a run", () => {
  it("is the request's, else the template's first, else `default`", async () => {
    const needs = { required_retrievers: ["handbook", "default"] };
    const chosen = async (input: PlanningInput) => (await planFor(input)).retrieval?.retriever;
    expect(await chosen({ request: RAG })).toBe("default");
    expect(await chosen(ofTemplate("rag", needs))).toBe("handbook");
    expect(await chosen(ofTemplate("rag", needs, { retriever: "default" }))).toBe("default");
  });

  it("is none in a workflow that looks nothing up", async () => {
    expect((await planFor({ request: TOOLS })).retrieval).toBeNull();
  });

  it("that is unknown is named with the ones there are, the nearest first", async () => {
    const errors = await refusalsOf({ request: { ...RAG, retriever: "handbok" } });
    const message = 'is no retriever; did you mean "handbook"? (there are: default, handbook)';
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({
      code: "WORKFLOW_CONFIG_ERROR",
      message: `"handbok" ${message}.`,
      details: { missing_parameter: "retriever", errors: [{ path: "retriever", message }] },
    });
  });

  it("is missed where nobody names one and there is no default", async () => {
    const available = { retrievers: ["handbook"] };
    const errors = await refusalsOf({ request: RAG, available });
    expect(errors.map(({ details }) => details)).toEqual([
      { workflow_type: "rag", missing_parameter: "retriever" },
    ]);
    const request = { ...RAG, retriever: "handbook" };
    expect(await planFor({ request, available })).toMatchObject({
      retrieval: { retriever: "handbook" },
    });
  });
});

describe("the tools of a run", () => {
  const namesFor = async (input: PlanningInput) => (await planFor(input)).tools?.names;

  it("are all there are, cut down to those that the request allows", async () => {
    expect(await namesFor({ request: TOOLS })).toEqual(["calculate", "search_docs"]);
    const allowed_tools = ["search_docs"];
    expect(await namesFor({ request: { ...TOOLS, allowed_tools } })).toEqual(["search_docs"]);
  });

  it("are the template's where it names some, cut down in the same way, each once", async () => {
    const needs = { required_tools: ["search_docs", "calculate", "search_docs"] };
    expect(await namesFor(ofTemplate("tools", needs))).toEqual(["search_docs", "calculate"]);
    const allowed = { allowed_tools: ["calculate"] };
    expect(await namesFor(ofTemplate("tools", needs, allowed))).toEqual(["calculate"]);
    expect(await namesFor(ofTemplate("tools", {}))).toEqual(["calculate", "search_docs"]);
  });

  describe("that are many", () => {
    const tools = ["a", "b", "search_tools", "c", "d"];
    const chosen = async (above: number | null, input: PlanningInput = { request: TOOLS }) => {
      const plan = await planFor({ ...input, available: { tools, toolSearchAbove: above } });
      return [plan.tools?.names, plan.tools?.search];
    };
    const four = ["a", "b", "c", "d"];

    it("are searched for above the limit: the tool that finds them is the first", async () => {
      expect(await chosen(3)).toEqual([["search_tools", ...four], true]);
      expect(await chosen(4)).toEqual([four, undefined]);
      expect(await chosen(0)).toEqual([["search_tools", ...four], true]);
    });

    it("are counted once they are cut down, and then are all that can be found", async () => {
      const request = { ...TOOLS, allowed_tools: ["d", "b"] };
      expect(await chosen(3, { request })).toEqual([["b", "d"], undefined]);
      expect(await chosen(1, { request })).toEqual([["search_tools", "b", "d"], true]);
      const few = ofTemplate("tools", { required_tools: ["c", "search_tools"] });
      expect(await chosen(3, few)).toEqual([["c"], undefined]);
      expect(await chosen(0, few)).toEqual([["search_tools", "c"], true]);
    });

    it("are as they are where nothing finds them, whatever is called so", async () => {
      expect(await chosen(null)).toEqual([tools, undefined]);
    });

    it("say of each when a person has to agree, found or not", async () => {
      const available = { tools, toolSearchAbove: 1, toolPolicy: () => UNKNOWN_POLICY };
      const plan = await planFor({ request: TOOLS, available });
      expect(Object.keys(plan.tools?.approval ?? {})).toEqual(["search_tools", ...four]);
    });
  });

  it("are none in a workflow that calls none, whatever is allowed", async () => {
    const request = { workflow: "plain", allowed_tools: ["calculate"] };
    expect((await planFor({ request })).tools).toBeNull();
  });

  it.each([TOOLS, { workflow: "plain" }])(
    "that are allowed and unknown are each named, in $workflow",
    async (request) => {
      const allowed_tools = ["calculat", "calculate", "fly"];
      const errors = await refusalsOf({ request: { ...request, allowed_tools } });
      expect(errors).toHaveLength(1);
      expect(errors[0]).toMatchObject({
        code: "WORKFLOW_CONFIG_ERROR",
        details: {
          missing_parameter: "tools",
          errors: [
            {
              path: "allowed_tools.0",
              message:
                '"calculat" is no tool; did you mean "calculate"? (there are: calculate, search_docs)',
            },
            {
              path: "allowed_tools.2",
              message: '"fly" is no tool (there are: calculate, search_docs)',
            },
          ],
        },
      });
    },
  );

  it.each([
    ["none is allowed", { request: { ...TOOLS, allowed_tools: [] } }],
    ["there is none", { request: TOOLS, available: { tools: [] } }],
    [
      "none of the template's is allowed",
      ofTemplate("tools", { required_tools: ["search_docs"] }, { allowed_tools: ["calculate"] }),
    ],
  ])("are missed where %s", async (_why, input) => {
    const errors = await refusalsOf(input);
    expect(errors.map(({ details }) => details)).toEqual([
      { workflow_type: "tools", missing_parameter: "tools" },
    ]);
  });
});

describe("what a template needs and this server lacks", () => {
  const needs = {
    required_tools: ["search_kb", "calculate", "escalate"],
    required_retrievers: ["handbook", "support_docs"],
  };

  it("is listed by kind", () => {
    const available = { tools: ["calculate"], retrievers: ["handbook"] };
    expect(missingResources(needs, available)).toEqual({
      tools: ["search_kb", "escalate"],
      retrievers: ["support_docs"],
    });
  });

  it("is refused by name and place, in one error a kind", async () => {
    const errors = await refusalsOf(ofTemplate("full", needs));
    expect(errors.map(({ code, message, details }) => ({ code, message, details }))).toEqual([
      {
        code: "WORKFLOW_CONFIG_ERROR",
        message:
          'The template "mine" needs the tools search_kb, escalate, which this server does not have.',
        details: {
          workflow_type: "full",
          missing_parameter: "search_kb, escalate",
          errors: [
            { path: "required_tools.0", message: '"search_kb" does not exist here' },
            { path: "required_tools.2", message: '"escalate" does not exist here' },
          ],
        },
      },
      {
        code: "WORKFLOW_CONFIG_ERROR",
        message:
          'The template "mine" needs the retrievers support_docs, which this server does not have.',
        details: {
          workflow_type: "full",
          missing_parameter: "support_docs",
          errors: [
            { path: "required_retrievers.1", message: '"support_docs" does not exist here' },
          ],
        },
      },
    ]);
  });
});
