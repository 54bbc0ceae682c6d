/** Values for fuzzed requests, generated from the contract's schemas: right ones, nearly right ones, hostile ones. */
import * as fc from "fast-check";
import { z } from "zod";
import { ticket } from "./pool.ts";

/** The part of JSON Schema that the contract's input schemas use. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly propertyNames?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly maxProperties?: number;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  /** Values that mean something to every server. */
  readonly examples?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/** What may be sent for a schema. */
export function inputSchema(schema: z.ZodType): JsonSchema {
  const { $ref, $defs, ...json } = z.toJSONSchema(schema, { io: "input" }) as JsonSchema;
  return $ref === undefined ? json : ($defs?.[$ref.replace("#/$defs/", "")] ?? {});
}

/** Text that has broken programs before. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "\udfff\ud800",
    "e\u0301\u202e\ufeff",
    "👩‍👩‍👧‍👦",
    "\n\r\t\u2028\u0085",
    "'; drop table runs; --",
    String.raw`%_\x`,
    "../../etc/passwd",
    "__proto__",
    "constructor",
    "toString",
    "null",
    "NaN",
    "-1",
    "1e999",
    "9".repeat(400),
    "<script>alert(1)</script>",
    "${{7*7}}",
    "data: x\n\nevent: end\n\n",
  ),
  fc.string({ unit: "binary", maxLength: 40 }),
);

const hostileKey = fc.oneof(
  fc.constantFrom("__proto__", "constructor", "prototype", "hasOwnProperty", "", "\0", "a.b", "0"),
  hostileText,
);

/** Objects and arrays in each other, deeper than any stack. */
const deep = fc
  .record({ depth: fc.constantFrom(100, 20_000), open: fc.constantFrom("[", '{"a":') })
  .map(({ depth, open }) => ({ deep: depth, open }));

/** Numbers at and beyond every edge; `{ number }` is written into the JSON as it stands. */
const hostileNumber = fc.oneof(
  fc.constantFrom(0, -0, -1, 0.1, 2 ** 31, 2 ** 53, -(2 ** 63), 1e308, 5e-324),
  fc
    .constantFrom("1e400", "-1e999", "123456789012345678901234567890")
    .map((number) => ({ number })),
);

/** Anything but what is expected. */
export const hostile: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  hostileNumber,
  fc.constantFrom(null, true, false, [], {}, [[]], [null], { a: { b: 1 } }),
  fc.array(hostileText, { maxLength: 4 }),
  fc.dictionary(hostileKey, hostileText, { maxKeys: 20 }),
  deep,
);

/** Writes a value as JSON; the forms that no JavaScript value has are written out. */
export function toJson(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(toJson).join(",")}]`;
  if ("number" in value) return String(value.number);
  if ("deep" in value && "open" in value) {
    const [depth, open] = [Number(value.deep), String(value.open)];
    return open.repeat(depth) + "1" + (open === "[" ? "]" : "}").repeat(depth);
  }
  const fields = Object.entries(value).map(
    ([name, inner]) => `${JSON.stringify(name)}:${toJson(inner)}`,
  );
  return `{${fields.join(",")}}`;
}

/** Mostly short, sometimes as long as it may be. */
function textOf({ minLength = 0, maxLength = 50 }: JsonSchema): fc.Arbitrary<string> {
  const short = fc.string({ minLength, maxLength: Math.min(maxLength, 30), unit: "grapheme" });
  const longest = fc.constantFrom("x", "é", "🎈").map((unit) => unit.repeat(maxLength));
  return fc.oneof({ arbitrary: short, weight: 30 }, { arbitrary: longest, weight: 1 });
}

/** Ids that exist, ids that nobody has. */
function idOf(kind: string): fc.Arbitrary<string> {
  const nobodys = fc.nat().map((number) => `${kind}_${String(number).padStart(26, "0")}`);
  return fc.oneof({ arbitrary: ticket(kind), weight: 6 }, { arbitrary: nobodys, weight: 1 });
}

function stringOf(schema: JsonSchema, name: string): fc.Arbitrary<string> {
  const { pattern, examples } = schema;
  if (name === "cursor") return ticket("cursor");
  if (examples) {
    const known = { arbitrary: fc.constantFrom(...examples.map(String)), weight: 4 };
    return fc.oneof(
      known,
      pattern === undefined ? textOf(schema) : fc.stringMatching(new RegExp(pattern)),
    );
  }
  if (pattern === undefined) return textOf(schema);
  const kind = /^\^(conv|msg|run|key|prof|doc|tkt)_/.exec(pattern)?.[1];
  return kind === undefined ? fc.stringMatching(new RegExp(pattern)) : idOf(kind);
}

function objectOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  const { properties, required = [], additionalProperties, propertyNames, maxProperties } = schema;
  if (!properties) {
    const value = typeof additionalProperties === "object" ? additionalProperties : {};
    const key = textOf(propertyNames ?? {});
    const any = fc.dictionary(key, valid(value), { maxKeys: Math.min(maxProperties ?? 3, 16) });
    if (!schema.examples) return any;
    const known = { arbitrary: fc.constantFrom(...schema.examples), weight: 4 };
    return fc.oneof<fc.MaybeWeightedArbitrary<unknown>[]>(known, any);
  }
  const optional = Object.keys(properties).filter((name) => !required.includes(name));
  return fc
    .subarray(optional, { maxLength: Math.min(3, optional.length) })
    .chain((names) =>
      fc.record(
        Object.fromEntries(
          [...required, ...names].map((name) => [name, valid(properties[name] ?? {}, name)]),
        ),
      ),
    );
}

/** A value that fits a schema; `name` is that of its field. */
export function valid(schema: JsonSchema, name = ""): fc.Arbitrary<unknown> {
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((each) => valid(each, name)));
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if ("const" in schema) return fc.constant(schema.const);
  const { type, minimum, maximum, minItems, maxItems } = schema;
  const types = typeof type === "string" ? [type] : (type ?? ["any"]);
  const arbitraries = types.map((each): fc.Arbitrary<unknown> => {
    switch (each) {
      case "string":
        return stringOf(schema, name);
      case "integer":
        return fc.integer({ min: minimum ?? -1000, max: maximum ?? 1000 });
      case "number":
        return fc.double({ min: minimum ?? -1e6, max: maximum ?? 1e6, noNaN: true });
      case "boolean":
        return fc.boolean();
      case "null":
        return fc.constant(null);
      case "array":
        return fc.array(valid(schema.items ?? {}), {
          minLength: minItems ?? 0,
          maxLength: Math.min(maxItems ?? 3, 3),
        });
      case "object":
        return objectOf(schema);
      default:
        return fc.oneof(fc.jsonValue({ maxDepth: 2 }), deep);
    }
  });
  return fc.oneof(...arbitraries);
}

/** The values right outside of a schema's bounds. */
function outside(schema: JsonSchema): unknown[] {
  const { minimum, maximum, minLength, maxLength, maxItems, maxProperties, anyOf } = schema;
  const entries = (count: number): [string, string][] =>
    Array.from({ length: count }, (_, index) => [`k${index}`, "v"]);
  return [
    ...(anyOf ?? []).flatMap(outside),
    ...(minimum === undefined ? [] : [minimum - 1, minimum - 1e-9]),
    ...(maximum === undefined ? [] : [maximum + 1, maximum + 1e-9]),
    ...(minLength ? ["x".repeat(minLength - 1)] : []),
    ...(maxLength === undefined || maxLength > 10_000 ? [] : ["x".repeat(maxLength + 1)]),
    ...(maxItems === undefined ? [] : [entries(maxItems + 1).map(([name]) => name)]),
    ...(maxProperties === undefined ? [] : [Object.fromEntries(entries(maxProperties + 1))]),
  ];
}

/** A value with one thing wrong: a bound, a type, a field too few, a field too many, an id of another kind. */
export function nearlyValid(schema: JsonSchema): fc.Arbitrary<unknown> {
  const { properties = {} } = schema;
  const otherIds = fc.constantFrom("conv", "msg", "run", "key", "cursor").chain(ticket);
  const wrongField = fc.constantFrom("surprise", ...Object.keys(properties)).chain((name) => {
    const edges = outside(properties[name] ?? {});
    const wrong = fc.oneof(
      hostile,
      otherIds,
      ...(edges.length > 0 ? [fc.constantFrom(...edges)] : []),
    );
    return wrong.map((value) => ({ name, value }));
  });
  return fc
    .tuple(objectOf({ properties: {}, ...schema }), wrongField, fc.boolean())
    .map(([value, { name, value: wrong }, remove]) => {
      const object: Record<string, unknown> = { ...(value as object) };
      if (remove && name in object) delete object[name];
      else object[name] = wrong;
      return object;
    });
}
