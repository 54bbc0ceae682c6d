import { expect, test } from "vitest";
import { FieldReader } from "../forms/texts.ts";
import { toFormProblem } from "../forms/problem.ts";
import { CATALOGUE, MEMORY } from "../state/testing.ts";
import { fromParameterTexts, type ParameterTexts, toParameterTexts } from "./parameters.ts";

const TOOLS = CATALOGUE.workflows[1]?.optional ?? [];

function read(texts: ParameterTexts, before = {}, parameters = TOOLS): object {
  const reader = new FieldReader();
  const values = fromParameterTexts(texts, parameters, before, reader, "config");
  reader.check();
  return values;
}

test("fields give back what they were filled with", () => {
  const values = { system_message: "Hi", enable_memory: false, memory_window: 7 };
  expect(read(toParameterTexts(values))).toEqual(values);
});

test("an emptied field leaves the parameter to the server; a switch that was touched does not", () => {
  const texts = { memory_window: " ", system_message: "", enable_memory: false };
  expect(read(texts, { memory_window: 7, system_message: "Hi" })).toEqual({ enable_memory: false });
});

test("what has no field stays: another workflow may take it", () => {
  expect(
    read({ memory_window: "3" }, { max_tool_calls: 4, memory_window: 9 }, [...MEMORY]),
  ).toEqual({ max_tool_calls: 4, memory_window: 3 });
});

test("letters in the place of a number are named by their path", () => {
  const reader = new FieldReader();
  const texts = { max_tool_calls: "few", memory_window: "3" };
  fromParameterTexts(texts, TOOLS, {}, reader, "config");
  const refused = toFormProblem(
    caught(() => reader.check()),
    ["config.max_tool_calls"],
  );
  expect([...refused.fields]).toEqual([["config.max_tool_calls", "Must be a number."]]);
});

function caught(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("Nothing was thrown.");
}
