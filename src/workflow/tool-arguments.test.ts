import { describe, expect, it } from "vitest";
import { argumentErrors } from "./tool-arguments.ts";

/** What is wrong with arguments for a tool that takes this. */
function errors(parameters: Record<string, unknown>, args: unknown): string | null {
  return argumentErrors({ name: "t", description: "T", parameters }, args);
}

const city = {
  type: "object",
  properties: { city: { type: "string", minLength: 1 }, days: { type: "integer", maximum: 7 } },
  required: ["city"],
};

describe("arguments", () => {
  it("pass where they are what the schema asks for", () => {
    expect(errors(city, { city: "Oslo", days: 3 })).toBeNull();
    expect(errors({ type: "object" }, { anything: [1] })).toBeNull();
  });

  it("are named, all that are wrong, with what to do", () => {
    const said = errors(city, { days: 8 });
    expect(said).toMatch(/^Not called: the arguments are wrong: city: .*; days: .*\./);
    expect(said).toMatch(/Call it again with right ones\.$/);
  });

  it("that the schema does not know are refused where it says so", () => {
    const strict = { ...city, additionalProperties: false };
    expect(errors(strict, { city: "Oslo", country: "NO" })).toContain("country");
  });

  it("are never held against an expression, which might take for ever", () => {
    const hostile = { type: "string", pattern: "^(a+)+$" };
    const since = performance.now();
    expect(
      errors({ type: "object", properties: { a: hostile } }, { a: `${"a".repeat(40)}!` }),
    ).toBeNull();
    expect(performance.now() - since).toBeLessThan(5000);
  });

  it("may be called as keywords are", () => {
    const schema = {
      type: "object",
      properties: { pattern: { type: "string" }, format: { type: "integer" } },
      required: ["pattern"],
    };
    expect(errors(schema, { pattern: "x", format: 1 })).toBeNull();
    expect(errors(schema, { pattern: 1 })).toContain("pattern");
    expect(errors(schema, { pattern: "x", format: "y" })).toContain("format");
  });

  it.each([
    ["a condition", { type: "object", if: {}, then: { required: ["x"] } }],
    ["names by pattern", { type: "object", patternProperties: { "^x": { type: "string" } } }],
    ["a schema elsewhere", { type: "object", properties: { a: { $ref: "https://example.org" } } }],
    ["nonsense", { type: "object", properties: { a: { type: "banana" } } }],
  ])("are left to the tool where its schema has %s", (_what, schema) => {
    expect(errors(schema, { a: 1 })).toBeNull();
  });
});
