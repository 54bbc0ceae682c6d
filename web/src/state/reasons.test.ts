import { expect, test } from "vitest";
import type { Problem, TemplateCheck } from "../../../src/client/index.ts";
import { lackOfTemplate, lackOfWorkflow } from "./reasons.ts";

function problem(detail: string, missing_parameter?: string): Problem {
  return {
    type: "urn:chatter:problem:workflow-config-error",
    title: "The workflow cannot be put together",
    status: 422,
    code: "WORKFLOW_CONFIG_ERROR",
    detail,
    ...(missing_parameter === undefined ? {} : { missing_parameter }),
  };
}

function template(check: Partial<TemplateCheck>): string | null {
  return lackOfTemplate({
    valid: false,
    missing_tools: [],
    missing_retrievers: [],
    errors: [problem("The provider is gone.")],
    ...check,
  });
}

test("a template that can run lacks nothing", () => {
  expect(template({ valid: true, errors: [] })).toBeNull();
});

test("what a template lacks is named, every tool and retriever of it", () => {
  expect(template({ missing_tools: ["a"] })).toBe(
    "Needs the tool a, which this server does not have.",
  );
  expect(template({ missing_tools: ["a", "b", "c"], missing_retrievers: ["docs"] })).toBe(
    "Needs the tools a, b and c, and the retriever docs, which this server does not have.",
  );
});

test("anything else that stands in its way is said as the server says it", () => {
  expect(template({})).toBe("The provider is gone.");
});

test("a workflow without what it needs says so in plain words", () => {
  const lack = (missing?: string): string | null =>
    lackOfWorkflow({ valid: false, errors: [problem("Something else.", missing)] });
  expect(lack("retriever")).toBe("Needs documents to search, and this server has none.");
  expect(lack("retriever, tools")).toBe(
    "Needs documents to search and tools, and this server has none.",
  );
  expect(lack()).toBe("Something else.");
});
