import { expect, test } from "vitest";
import { InputError } from "./problem.ts";
import { linesOf, FieldReader, textOrNull } from "./texts.ts";

test("numbers are read as people write them, and nothing is nothing", () => {
  const reader = new FieldReader();
  const read = (text: string): number | null => reader.read("field", text);
  expect(["0", " 12 ", "0.5", "0,5", "-1"].map(read)).toEqual([0, 12, 0.5, 0.5, -1]);
  expect(["", "  "].map(read)).toEqual([null, null]);
  expect(() => reader.check()).not.toThrow();
});

test("what is no number is named, all of it at once", () => {
  const reader = new FieldReader();
  for (const [path, text] of [
    ["a", "many"],
    ["b", "1,000,000"],
    ["c", "Infinity"],
    ["d", "1,000"],
    ["e", "4"],
  ] as const) {
    reader.read(path, text);
  }
  const thrown = (): unknown => {
    try {
      return reader.check();
    } catch (error) {
      return error;
    }
  };
  expect(thrown()).toBeInstanceOf(InputError);
  expect((thrown() as InputError).errors.map(({ path }) => path)).toEqual(["a", "b", "c", "d"]);
});

test("data is read as JSON, and what is none is named with the reason", () => {
  const reader = new FieldReader();
  expect(reader.json("a", " [1, true] ")).toEqual([1, true]);
  expect(reader.json("a", " ")).toBeUndefined();
  expect(reader.object("a", '{ "b": null }')).toEqual({ b: null });
  expect(reader.object("a", "")).toBeNull();
  expect(() => reader.check()).not.toThrow();
  reader.json("list", "[1,");
  reader.object("data", "[1]");
  reader.object("word", "nope");
  const { errors } = (() => {
    try {
      return { errors: reader.check() };
    } catch (error) {
      return error as InputError;
    }
  })();
  expect(errors).toEqual([
    { path: "list", message: expect.stringMatching(/^is not JSON: \S/) as unknown },
    { path: "data", message: "must be an object: { … }" },
    { path: "word", message: "is not JSON: Unexpected token 'o'" },
  ]);
});

test("an empty text is none, and empty lines are no lines", () => {
  expect([" ", " x "].map(textOrNull)).toEqual([null, "x"]);
  expect(linesOf(" a\n\n b \n")).toEqual(["a", "b"]);
});
