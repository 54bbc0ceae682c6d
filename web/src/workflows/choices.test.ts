import { expect, test } from "vitest";
import { CATALOGUE } from "../state/testing.ts";
import { optionsOf, titleOf } from "./choices.ts";

test("workflows and templates are named in plain words", () => {
  expect(titleOf({ kind: "workflow", name: "rag" })).toBe("With documents");
  expect(titleOf({ kind: "workflow", name: "triage-first" })).toBe("Triage first");
  expect(titleOf({ kind: "template", name: "customer_support" })).toBe("Customer support");
  expect(titleOf({ kind: "template", name: "plain" })).toBe("Plain");
});

test("each option has what it lacks; a workflow and a template of one name are two", () => {
  const lacks = new Map([
    ["workflow:tools", "Needs tools."],
    ["template:support", null],
    ["workflow:support", "Not this one."],
  ]);
  const { workflows, templates } = optionsOf(CATALOGUE, lacks);
  expect(workflows.map(({ title, lack }) => [title, lack])).toEqual([
    ["Model only", null],
    ["With tools", "Needs tools."],
  ]);
  expect(templates.map(({ title, lack }) => [title, lack])).toEqual([["Support", null]]);
});
