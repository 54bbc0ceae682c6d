import { describe, expect, it } from "vitest";
import { compileSchema as compile, inWords } from "./json-schema.ts";

/** The check of a schema, in words. */
function compileSchema(schema: Record<string, unknown>): (value: unknown) => string | null {
  const check = compile(schema);
  return (value) => inWords(check(value));
}

const object = (properties: Readonly<Record<string, unknown>>, more = {}) => ({
  type: "object",
  properties,
  ...more,
});

describe("a check by a schema", () => {
  const check = compileSchema(
    object(
      {
        city: { type: "string", minLength: 2, pattern: "^[A-Z]" },
        unit: { enum: ["c", "f"] },
        days: { type: "array", items: { type: "integer" }, uniqueItems: true },
        at: object({ "a/b": { type: "number" } }),
      },
      { required: ["city"], additionalProperties: false },
    ),
  );

  it.each<[args: unknown, says: string | null]>([
    [{ city: "Bern", unit: "c", days: [1, 2], at: { "a/b": 1 } }, null],
    [{}, "arguments: must have required property 'city'"],
    [{ city: "b" }, "city: must NOT have fewer than 2 characters"],
    [{ city: "bern" }, 'city: must match pattern "^[A-Z]"'],
    [{ city: "Bern", unit: "k" }, 'unit: must be one of "c", "f"'],
    [{ city: "Bern", days: [1, "2"] }, "days.1: must be integer"],
    [{ city: "Bern", days: [1, 1] }, "days: must not have the same item twice"],
    [{ city: "Bern", at: { "a/b": "1" } }, "at.a/b: must be number"],
    [{ city: "Bern", town: "Bern" }, 'arguments: must not have "town"'],
    ["Bern", "arguments: must be object"],
  ])("of %j says %s", (args, says) => {
    expect(check(args)).toBe(says);
  });

  it("takes items for the same whatever the order of their fields", () => {
    const unique = compileSchema(object({ a: { type: "array", uniqueItems: true } }));
    expect(
      unique({
        a: [
          { x: 1, y: 2 },
          { y: 2, x: 1 },
        ],
      }),
    ).toContain("twice");
    expect(unique({ a: [{ x: 1 }, { x: 2 }, [1], "1", 1] })).toBeNull();
  });

  it("knows the older drafts by what they say of themselves", () => {
    const items = [{ type: "string" }, { type: "number" }];
    const $schema = "http://json-schema.org/draft-07/schema#";
    const old = compileSchema({ ...object({ a: { type: "array", items } }), $schema });
    expect(old({ a: ["x", "y"] })).toBe("a.1: must be number");
    const now = compileSchema(object({ a: { type: "array", prefixItems: items } }));
    expect(now({ a: ["x", "y"] })).toBe("a.1: must be number");
  });
});

describe("a hostile schema", () => {
  it("cannot make a pattern explode", () => {
    const check = compileSchema(object({ a: { type: "string", pattern: "^(a+)+$" } }));
    const since = performance.now();
    expect(check({ a: `${"a".repeat(5000)}b` })).toContain("must match pattern");
    expect(performance.now() - since).toBeLessThan(2000);
  });

  it("has a pattern that only backtracking could match left to its server", () => {
    const check = compileSchema(object({ a: { type: "string", pattern: "^(?!x)" } }));
    expect(check({ a: "x" })).toBeNull();
    const chooses = object({}, { patternProperties: { "^(?!x)": { type: "string" } } });
    expect(() => compileSchema(chooses)).toThrow("a pattern that cannot be matched safely");
  });

  it.each([
    ["references that double", (n: number) => ({ anyOf: [{ $ref: n }, { $ref: n }] })],
    [
      "conditions that double",
      (n: number) => ({ allOf: [{ not: { $ref: n } }, { not: { $ref: n } }] }),
    ],
  ])("with %s is given up after a number of steps", (_what, make) => {
    const levels = Array.from({ length: 40 }, (_, n) => [
      `d${n}`,
      JSON.parse(JSON.stringify(make(n + 1)).replaceAll(/"\$ref":(\d+)/g, '"$ref":"#/$defs/d$1"')),
    ]);
    const $defs = { ...Object.fromEntries(levels), d40: { type: "string" } };
    const check = compileSchema(object({ a: { $ref: "#/$defs/d0" } }, { $defs }));
    const since = performance.now();
    expect(check({ a: 1 })).toBe("arguments: it takes too long to be checked");
    expect(performance.now() - since).toBeLessThan(5000);
  });

  it("gets no more values before it, nor deeper ones, than a check is for", () => {
    const check = compileSchema(object({}));
    expect(check({ a: Array.from({ length: 9000 }, () => 0) })).toBeNull();
    expect(check({ a: Array.from({ length: 11_000 }, () => 0) })).toContain("more than 10000");
    const deep = JSON.parse(`${'{"a":'.repeat(70)}1${"}".repeat(70)}`) as unknown;
    expect(check(deep)).toContain("must not have more");
  });

  it.each<[what: string, schema: Readonly<Record<string, unknown>>, why: string]>([
    ["is none", object({ a: { type: "text" } }), "its schema is none: properties.a"],
    [
      "has keywords of the wrong kind",
      { type: "object", properties: 5 },
      "its schema is none: properties: must be object",
    ],
    [
      "leads elsewhere",
      object({ a: { $ref: "http://evil.example/x" } }),
      "its schema is none: can't resolve reference",
    ],
    [
      "leads back to itself",
      {
        type: "object",
        $ref: "#/$defs/a",
        $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } },
      },
      "refers to itself without end",
    ],
    ["would be checked later", { type: "object", $async: true }, "uses $async"],
    ["hides that it would", object({ a: { $async: true, type: "string" } }), "its schema is none"],
    ["is huge", object({ a: { enum: ["x".repeat(70_000)] } }), "has more than 65536 characters"],
  ])("that %s is refused", (_what, schema, why) => {
    expect(() => compileSchema(schema)).toThrow(why);
  });

  it("cannot put code into the check", () => {
    const code = `"]);globalThis.hacked=true;(["`;
    const keys = object({
      [code]: { type: "string", const: code, pattern: "a`${globalThis.hacked=1}`" },
    });
    const check = compileSchema({ ...keys, title: code, required: [code] });
    expect(check({ [code]: 1 })).toContain("must be");
    expect("hacked" in globalThis).toBe(false);
  });
});
