/**
 * JSON Schemas that others wrote. Neither a pattern nor a reference in one may take this process's time: patterns run on
 * an engine without backtracking, and every check has a number of steps after which it is given up.
 */
import { Ajv, type ErrorObject, type Options, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { RE2JS } from "re2js";

/** The largest schema that is taken, in characters of JSON. */
const MAX_SCHEMA = 65_536;

/** How often parts of a schema may be entered in one check; a check of common arguments takes some tens. */
const MAX_STEPS = 50_000;

/** How many values may be checked, and how deep they may be nested. */
const MAX_VALUES = 10_000;
const MAX_DEPTH = 64;

/** How many mistakes are named at once, and how long a name of a place or a value may be. */
const MAX_NAMED = 8;
const MAX_WORDS = 200;

/** Says what is wrong with a value, by its path; null when nothing is. */
export type SchemaCheck = (value: unknown) => string | null;

const OLD_DRAFTS = /draft-0[4-7]/;

/** What is left of the steps of the check under way; checks are not interrupted, so that one counter serves all. */
let stepsLeft = 0;

/** Called by the code of every part of a schema when it is entered. Not a method: the code reaches it as `self.step`. */
function step(): void {
  if (--stepsLeft < 0) throw new Error("it takes too long to be checked");
}

function withSteps<T>(work: () => T): T {
  stepsLeft = MAX_STEPS;
  return work();
}

/** A pattern on the engine without backtracking; `foreign` hears of one that this engine does not know. */
function matcher(pattern: string, foreign: () => void): { test(text: string): boolean } {
  try {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
    return { test: (text) => compiled.matcher(text).find() };
  } catch {
    foreign();
    return { test: () => true };
  }
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

/** Not the package's own, which compares every item with every other. */
const uniqueItems = {
  keyword: "uniqueItems",
  type: "array",
  schemaType: "boolean",
  validate: (unique: boolean, items: unknown[]) =>
    !unique || new Set(items.map(canonical)).size === items.length,
  error: { message: "must not have the same item twice" },
} as const;

function optionsOf(foreign: () => void): Options {
  const regExp = (pattern: string) => matcher(pattern, foreign);
  return {
    strict: false,
    logger: false,
    validateFormats: false,
    addUsedSchema: false,
    // Each reference is a function of its own then, which counts as a step.
    inlineRefs: false,
    code: {
      // The engine's only mark in generated code, which nothing here generates.
      regExp: Object.assign(regExp, { code: "re2" }),
      process: (code) => code.replace(/return function \w+\(.*?\}=\{\}\)\{/s, "$&self.step();"),
    },
  };
}

function engineOf(old: boolean, options: Options): Ajv | Ajv2020 {
  const engine = old ? new Ajv(options) : new Ajv2020(options);
  return Object.assign(engine, { step });
}

const checkers = new Map<boolean, Ajv | Ajv2020>();

/** The engine that knows whether a schema is one. Kept, as it compiles the schema of schemas, which takes a while. */
function checkerOf(old: boolean): Ajv | Ajv2020 {
  const known = checkers.get(old);
  if (known) return known;
  const checker = engineOf(old, { ...optionsOf(() => undefined), validateSchema: true });
  checkers.set(old, checker);
  return checker;
}

function wordsOf(text: string): string {
  return text.length > MAX_WORDS ? `${text.slice(0, MAX_WORDS).toWellFormed()}…` : text;
}

/** `/a/0/b~1c` as people write it: `a.0.b/c`. */
function pathOf(pointer: string): string {
  const parts = pointer.split("/").slice(1);
  const names = parts.map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  return wordsOf(names.join("."));
}

function mistake({ instancePath, keyword, params, message = "is wrong" }: ErrorObject): string {
  const where = pathOf(instancePath) || "arguments";
  const values = (params as { allowedValues?: unknown[] }).allowedValues;
  const extra = (params as { additionalProperty?: unknown }).additionalProperty;
  if (keyword === "enum" && values) {
    return `${where}: must be one of ${wordsOf(values.map((value) => JSON.stringify(value)).join(", "))}`;
  }
  if (typeof extra === "string") return `${where}: must not have "${wordsOf(extra)}"`;
  return `${where}: ${wordsOf(message)}`;
}

function mistakesOf(errors: readonly ErrorObject[]): string {
  const named = [...new Set(errors.map(mistake))];
  const more = named.length > MAX_NAMED ? `; and ${named.length - MAX_NAMED} more` : "";
  return named.slice(0, MAX_NAMED).join("; ") + more;
}

/** Whether a value is within the bounds of what is checked. Looks at no more than it has to. */
function tooLarge(value: unknown): boolean {
  let left = MAX_VALUES;
  const visit = (each: unknown, depth: number): boolean => {
    if (--left < 0 || depth > MAX_DEPTH) return true;
    if (typeof each !== "object" || each === null) return false;
    return Object.values(each).some((inner) => visit(inner, depth + 1));
  };
  return visit(value, 0);
}

/** Why a schema is none, in a few words. */
function assertSchema(schema: Readonly<Record<string, unknown>>, old: boolean): void {
  const checker = checkerOf(old);
  if (withSteps(() => checker.validateSchema(schema)) === true) return;
  throw new Error(`its schema is none: ${mistakesOf(checker.errors ?? [])}`);
}

function compile(
  schema: Readonly<Record<string, unknown>>,
  old: boolean,
): ValidateFunction<unknown> {
  let foreign = false;
  const options = optionsOf(() => (foreign = true));
  // An engine of its own: it keeps all that it has compiled, and goes with it.
  const engine = engineOf(old, { ...options, meta: false, validateSchema: false });
  engine.removeKeyword("uniqueItems").addKeyword(uniqueItems);
  const validate = engine.compile(schema);
  if (foreign && JSON.stringify(schema).includes('"patternProperties"')) {
    throw new Error("its schema chooses properties by a pattern that cannot be matched safely");
  }
  return validate;
}

/** The package's own words name functions of its code and what not; what goes wrong in it is said in ours. */
function usable<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) throw new Error("its schema refers to itself without end");
    const { message } = error as Error;
    throw new Error(
      message.startsWith("its ") ? message : `its schema is none: ${wordsOf(message)}`,
    );
  }
}

/**
 * Compiles a schema of draft 2020-12 or, where it says so, of draft 4 to 7. A pattern that only an engine with
 * backtracking could match is left to whoever wrote the schema; formats are not looked at. Throws an `Error` that says
 * why the schema cannot be used. The check itself never throws.
 */
export function compileSchema(given: Readonly<Record<string, unknown>>): SchemaCheck {
  const { $schema, $id: _, ...schema } = given;
  if (JSON.stringify(schema).length > MAX_SCHEMA) {
    throw new Error(`its schema has more than ${MAX_SCHEMA} characters`);
  }
  if ("$async" in schema) throw new Error("its schema uses $async, which is no keyword");
  const old = typeof $schema === "string" && OLD_DRAFTS.test($schema);
  const validate = usable(() => {
    assertSchema(schema, old);
    return withSteps(() => compile(schema, old));
  });
  return (value) => {
    if (tooLarge(value)) return `arguments: must not have more than ${MAX_VALUES} values`;
    try {
      return withSteps(() => validate(value)) ? null : mistakesOf(validate.errors ?? []);
    } catch (error) {
      return `arguments: ${error instanceof RangeError ? "are nested too deeply" : (error as Error).message}`;
    }
  };
}
