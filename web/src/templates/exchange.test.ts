import { expect, test } from "vitest";
import { ChatterError } from "../../../src/client/index.ts";
import { TemplateImport } from "../../../src/contract/templates.ts";
import { SUPPORT } from "../state/testing.ts";
import { explainImport, fromFile, toFile } from "./exchange.ts";

test("what is exported can be imported as it is", () => {
  const templates = fromFile(toFile([SUPPORT]));
  expect(templates).toEqual([SUPPORT]);
  expect(TemplateImport.safeParse({ templates }).success).toBe(true);
});

test("a bare list and a single template are understood as well", () => {
  expect(fromFile('[{"name": "a"}, {"name": "b"}]')).toHaveLength(2);
  expect(fromFile('{"name": "a", "workflow_type": "plain"}')).toHaveLength(1);
});

test.each(["", "not JSON", "[]", "7", "null", '"text"', '{"templates": []}', "[1]"])(
  "%j holds no templates",
  (text) => {
    expect(fromFile(text)).toBeNull();
  },
);

test("an error names the template instead of its place in the file", () => {
  const problem = {
    type: "urn:chatter:problem:workflow-validation-error",
    title: "The request breaks a rule",
    status: 422,
    detail: "The body breaks a rule.",
    code: "WORKFLOW_VALIDATION_ERROR",
    errors: [
      { path: "templates.1.name", message: "must be short" },
      { path: "templates.0.colour", message: "is not a known field" },
      { path: "replace", message: "Invalid input: expected boolean, received string" },
    ],
  } as const;
  const templates = [SUPPORT, { ...SUPPORT, name: "Too Long" }];
  const { fields } = explainImport(
    new ChatterError({ ...problem, errors: [...problem.errors] }),
    templates,
  );
  expect(fields).toEqual([
    "“Too Long” name: must be short",
    "“support” colour: is not a known field",
    "replace: must be yes or no",
  ]);
});
