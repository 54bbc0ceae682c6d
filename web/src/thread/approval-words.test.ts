import { expect, test } from "vitest";
import { type Approval, ChatterError } from "../../../src/client/index.ts";
import { toFormProblem } from "../forms/problem.ts";
import { decidedText, ofArguments, timeLeft } from "./approval-words.ts";

test.each([
  [-1, "The time to decide is over."],
  [59_000, "Less than a minute to decide."],
  [60_000, "1 minute to decide."],
  [3_599_000, "59 minutes to decide."],
  [3_600_000, "1 hour to decide."],
  [47 * 3_600_000, "47 hours to decide."],
  [50 * 3_600_000, "2 days to decide."],
])("%i ms before it expires there is: %s", (left, words) => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  expect(timeLeft(new Date(now + left).toISOString(), now)).toBe(words);
});

test("what was decided is said, and whether more is to be decided", () => {
  const approval = (fields: Partial<Approval>) =>
    ({ changed_arguments: null, ...fields }) as Approval;
  expect(decidedText(approval({ state: "denied" }), false)).toBe("Denied. Going on.");
  expect(decidedText(approval({ state: "approved", changed_arguments: {} }), true)).toBe(
    "Approved with other arguments. It goes on when the others are decided, too.",
  );
});

test("what the server says of single arguments stands beside the field of all, with their names", () => {
  const refusal = new ChatterError(
    {
      type: "urn:chatter:WORKFLOW_VALIDATION_ERROR",
      title: "No",
      status: 422,
      detail: "No.",
      code: "WORKFLOW_VALIDATION_ERROR",
      errors: [
        { path: "arguments.a", message: "Invalid input: expected number, received string" },
        { path: "arguments.b", message: "is missing" },
      ],
    },
    null,
  );
  const problem = toFormProblem(ofArguments(refusal), ["arguments"]);
  expect(problem.fields.get("arguments")).toBe("“a” must be a number. “b” is missing.");
  expect(problem.rest).toBeNull();
  const other = new Error("other");
  expect(ofArguments(other)).toBe(other);
});
