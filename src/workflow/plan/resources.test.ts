import { describe, expect, it } from "vitest";
import { planFor, type PlanningInput, refusalsOf, templateOf } from "../testing/planning.ts";
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
