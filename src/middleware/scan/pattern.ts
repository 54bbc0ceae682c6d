/**
 * Users' regular expressions. re2js parses and compiles them; it has no backtracking, and so no expression that
 * takes longer than the length of the text times its own.
 */
import { RE2JS, RE2JSException } from "re2js";
import { WorkflowConfigurationError } from "../../workflow/errors.ts";

/** The kinds of instruction in a program of RE2, by their numbers there. */
export const OPERATION = {
  alternative: 1,
  alternativeMatch: 2,
  capture: 3,
  condition: 4,
  fail: 5,
  match: 6,
  nothing: 7,
  character: 8,
  oneCharacter: 9,
  anyCharacter: 10,
  anyButNewline: 11,
} as const;

const KNOWN_OPERATIONS: ReadonlySet<number> = new Set(Object.values(OPERATION));

/** One instruction: what it asks for, and where it goes next. */
interface Instruction {
  readonly op: number;
  readonly out: number;
  /** The other way of an alternative; what a condition asks for, as bits. */
  readonly arg: number;
  /** Whether it takes this code point; for the four kinds that take one. */
  matchRune(code: number): boolean;
}

/** A compiled regular expression. */
export interface Pattern {
  readonly start: number;
  readonly instructions: readonly Instruction[];
  /** Whether a match may begin with this character. */
  mayBegin(code: number): boolean;
}

/** Keeps one character of an answer from costing more than some microseconds. */
const MAX_INSTRUCTIONS = 1000;

function wrong(source: string, why: string): WorkflowConfigurationError {
  return new WorkflowConfigurationError(`The pattern ${JSON.stringify(source)} ${why}.`);
}

function parse(source: string): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw wrong(source, `is no regular expression of RE2: ${error.message}`);
  }
}

/** The instructions that can be reached without a character, under any conditions. */
function firstOf(start: number, instructions: readonly Instruction[]): Instruction[] {
  const places = new Set([start]);
  // What is added to a set while it is walked through is walked through as well.
  for (const place of places) {
    const { op, out, arg } = instructions[place] ?? { op: OPERATION.fail, out: 0, arg: 0 };
    if (op === OPERATION.match || op === OPERATION.fail || op >= OPERATION.character) continue;
    places.add(out);
    if (op === OPERATION.alternative || op === OPERATION.alternativeMatch) places.add(arg);
  }
  return Array.from(places).flatMap((place) => instructions[place] ?? []);
}

/**
 * Compiles a regular expression in the syntax of RE2, which has neither look-around nor back-references.
 * Throws a `WorkflowConfigurationError` for one that is wrong, too large, or would match everything.
 */
export function compilePattern(source: string): Pattern {
  const compiled = parse(source);
  const size = compiled.programSize();
  if (size > MAX_INSTRUCTIONS) {
    throw wrong(
      source,
      `is too large: ${size} instructions, where ${MAX_INSTRUCTIONS} are allowed`,
    );
  }
  const { start, inst } = compiled.re2().prog as { start: number; inst: readonly Instruction[] };
  // The program is no promise of the package: a version that changes it must not go unnoticed.
  if (!inst.every(({ op }) => KNOWN_OPERATIONS.has(op))) {
    throw wrong(
      source,
      "was compiled into instructions that this version of Chatter does not know",
    );
  }
  const first = firstOf(start, inst);
  if (first.some(({ op }) => op === OPERATION.match)) {
    throw wrong(source, "may match nothing, and so would forbid everything");
  }
  const takes = (code: number): boolean => first.some((each) => each.matchRune(code));
  const ascii = Array.from({ length: 128 }, (_, code) => takes(code));
  return { start, instructions: inst, mayBegin: (code) => ascii[code] ?? takes(code) };
}
