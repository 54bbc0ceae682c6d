import { expect, test } from "vitest";
import type { RunProblem } from "../../../src/client/index.ts";
import { explainFailure, explainProblem } from "./errors.ts";

function problem(fields: Partial<RunProblem>): RunProblem {
  return {
    title: "The run failed",
    status: 500,
    code: "WORKFLOW_EXECUTION_ERROR",
    detail: "",
    ...fields,
  };
}

test("a failed run says in plain words which of its steps failed", () => {
  const failed = problem({ failed_step: "retrieve", detail: 'The step "retrieve" failed.' });
  expect(explainFailure(failed)).toMatchObject({
    title: "The answer could not be finished",
    detail: "Searching the documents failed.",
  });
  const explained = problem({ failed_step: "tools", detail: "The tool server is gone." });
  expect(explainFailure(explained).detail).toBe("Using a tool failed. The tool server is gone.");
});

test("a provider's failure names the model once", () => {
  const failed = problem({
    code: "PROVIDER_TIMEOUT",
    failed_step: "model",
    detail: "No word within 60 s.",
  });
  expect(explainFailure(failed)).toMatchObject({
    title: "The model took too long to answer",
    detail: "No word within 60 s.",
  });
});

test("broken rules are listed once, in plain words", () => {
  const broken = problem({
    code: "WORKFLOW_VALIDATION_ERROR",
    detail: "The body breaks a rule. temperature: Too big: expected number to be <=2.",
    errors: [{ path: "temperature", message: "Too big: expected number to be <=2" }],
  });
  expect(explainProblem(broken)).toMatchObject({
    detail: "",
    fields: ["temperature: must be at most 2"],
  });
  const gone = problem({
    code: "WORKFLOW_CONFIG_ERROR",
    detail: 'There is no provider "a".',
    errors: [{ path: "provider", message: "must be one of b, c" }],
  });
  expect(explainProblem(gone)).toMatchObject({ detail: 'There is no provider "a".', fields: [] });
});
