import { expect, test } from "vitest";
import { z } from "zod";
import { InputError } from "../forms/problem.ts";
import { argumentsOf, fieldsOf, type SchemaField, writtenArguments } from "./schema-texts.ts";

function kinds(schema: Record<string, unknown>): [string, SchemaField["kind"], boolean][] {
  return (fieldsOf(schema) ?? []).map(({ name, kind, required }) => [name, kind, required]);
}

/** The paths of what could not be read. */
function pathsOf(read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    return error instanceof InputError ? error.errors.map(({ path }) => path) : ["another error"];
  }
}

const SEARCH = z.toJSONSchema(
  z.object({
    query: z.string().describe("What to look for"),
    limit: z.int().default(5),
    least: z.number().nullish(),
    exact: z.boolean().optional(),
    order: z.enum(["newest", "best"]).optional(),
    tags: z.array(z.string()).optional(),
    where: z.object({ place: z.string() }).optional(),
  }),
  { io: "input" },
);

test("each parameter has a field of its kind, and what is no single value is JSON", () => {
  expect(kinds(SEARCH)).toEqual([
    ["query", "text", true],
    ["limit", "integer", false],
    ["least", "number", false],
    ["exact", "choice", false],
    ["order", "choice", false],
    ["tags", "json", false],
    ["where", "json", false],
  ]);
  const [query, limit, , exact, order] = fieldsOf(SEARCH) ?? [];
  expect([query?.description, limit?.otherwise]).toEqual(["What to look for", "5"]);
  expect(exact?.choices.map(({ label }) => label)).toEqual(["Yes", "No"]);
  expect(order?.choices).toEqual([
    { value: '"newest"', label: "newest" },
    { value: '"best"', label: "best" },
  ]);
});

test("references, alternatives to null and constants are understood as other languages write them", () => {
  const schema = {
    $defs: {
      unit: { type: "string", enum: ["C", "F"], description: "A unit" },
      self: { $ref: "#/$defs/self" },
    },
    type: "object",
    properties: {
      unit: { $ref: "#/$defs/unit" },
      city: { anyOf: [{ type: "string" }, { type: "null" }] },
      days: { type: ["integer", "null"] },
      level: { oneOf: [{ const: 1 }, { const: 2 }] },
      fixed: { const: "v1" },
      circle: { $ref: "#/$defs/self" },
      elsewhere: { $ref: "https://example.org/schema" },
      either: { anyOf: [{ type: "string" }, { type: "number" }] },
    },
  };
  expect(kinds(schema).map(([name, kind]) => [name, kind])).toEqual([
    ["unit", "choice"],
    ["city", "text"],
    ["days", "integer"],
    ["level", "choice"],
    ["fixed", "choice"],
    ["circle", "json"],
    ["elsewhere", "json"],
    ["either", "json"],
  ]);
  expect(fieldsOf(schema)?.[0]?.description).toBe("A unit");
});

test("one that takes nothing has no fields, and one that takes anything has to be written down", () => {
  expect(fieldsOf({ type: "object", properties: {} })).toEqual([]);
  expect(fieldsOf({ type: "object" })).toEqual([]);
  expect(fieldsOf({ type: "object", additionalProperties: { type: "string" } })).toBeNull();
  expect(fieldsOf({})).toBeNull();
  expect(writtenArguments('{ "a": 1 }')).toEqual({ a: 1 });
  expect(writtenArguments(" ")).toEqual({});
  expect(() => writtenArguments("[1]")).toThrow(InputError);
});

test("what is entered becomes arguments, and what is empty is left out", () => {
  const fields = fieldsOf(SEARCH) ?? [];
  const texts = {
    query: " storks ",
    limit: "3",
    least: "0,5",
    exact: "false",
    order: '"best"',
    tags: '["a", "b"]',
    where: "",
  };
  expect(argumentsOf(fields, texts)).toEqual({
    query: " storks ",
    limit: 3,
    least: 0.5,
    exact: false,
    order: "best",
    tags: ["a", "b"],
  });
  expect(argumentsOf(fields, {})).toEqual({});
});

test("what cannot be read is named by the path that the server would name", () => {
  const read = (): unknown => argumentsOf(fieldsOf(SEARCH) ?? [], { limit: "many", tags: "a, b" });
  expect(pathsOf(read)).toEqual(["arguments.limit", "arguments.tags"]);
});
