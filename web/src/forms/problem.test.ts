import { expect, test } from "vitest";
import { ChatterError, ConnectionError, type FieldError } from "../../../src/client/index.ts";
import { InputError, toFormProblem } from "./problem.ts";

function refusal(errors: FieldError[]): ChatterError {
  return new ChatterError({
    type: "urn:chatter:problem:workflow-validation-error",
    title: "The request breaks a rule",
    status: 422,
    detail: "The body breaks a rule.",
    code: "WORKFLOW_VALIDATION_ERROR",
    errors,
  });
}

const FIELDS = ["name", "required_tools", "fallback_models.1"];

test("each error stands beside its field, as a sentence", () => {
  const { fields, rest } = toFormProblem(
    refusal([
      { path: "name", message: "must be short" },
      { path: "required_tools.3", message: "Too big: expected number to be <=2" },
      { path: "required_tools", message: "has no effect" },
    ]),
    FIELDS,
  );
  expect([...fields]).toEqual([
    ["name", "Must be short."],
    ["required_tools", "Must be at most 2. Has no effect."],
  ]);
  expect(rest).toBeNull();
});

test("what belongs to no field is kept for the top of the form", () => {
  const { fields, rest } = toFormProblem(
    refusal([
      { path: "name", message: "must be short" },
      { path: "fallback_models.0.provider", message: "must be one of a, b" },
      { path: "names", message: "is not a known field" },
    ]),
    FIELDS,
  );
  expect([...fields.keys()]).toEqual(["name"]);
  expect(rest?.title).toBe("The server did not accept this");
  expect(rest?.fields).toEqual([
    "fallback_models.0.provider: must be one of a, b",
    "names: is not a known field",
  ]);
});

test("an error without fields is told as a whole", () => {
  const away = toFormProblem(new ConnectionError("gone"), FIELDS);
  expect(away.fields.size).toBe(0);
  expect(away.rest?.title).toBe("The server could not be reached");
  expect(toFormProblem(refusal([]), FIELDS).rest?.detail).toBe("The body breaks a rule.");
});

test("what the page itself cannot read is shown the same way", () => {
  const error = new InputError([{ path: "name", message: "must be a number" }]);
  expect(toFormProblem(error, FIELDS)).toEqual({
    fields: new Map([["name", "Must be a number."]]),
    rest: null,
  });
});
