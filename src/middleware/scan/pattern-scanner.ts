/**
 * Runs a pattern over a text that comes in pieces. All ways through the pattern are followed at the same time
 * (Thompson, 1968), each with the offset where it began: that tells how much of the text could still become a
 * match. re2js itself wants the whole text at once.
 */
import { OPERATION, type Pattern } from "./pattern.ts";
import type { Scanner, Span } from "./scanner.ts";

/** Of a match that is longer than this, only the end is held back. In UTF-16 code units. */
const LOOK_BACK = 256;

const NEWLINE = 10;
/** Stands before the first character and behind the last one. */
const NONE = -1;

/** What a condition may ask for, as bits. */
const BEGIN_LINE = 1;
const END_LINE = 2;
const BEGIN_TEXT = 4;
const END_TEXT = 8;
const WORD_BOUNDARY = 16;
const NO_WORD_BOUNDARY = 32;

function isAsciiWord(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 95
  );
}

/** What holds between two characters. */
function conditionsBetween(before: number, after: number): number {
  let bits = isAsciiWord(before) === isAsciiWord(after) ? NO_WORD_BOUNDARY : WORD_BOUNDARY;
  if (before === NONE) bits |= BEGIN_TEXT | BEGIN_LINE;
  if (before === NEWLINE) bits |= BEGIN_LINE;
  if (after === NONE) bits |= END_TEXT | END_LINE;
  if (after === NEWLINE) bits |= END_LINE;
  return bits;
}

/** Ways through a pattern: where each is now, and at which offset it began. The one that began first comes first. */
class Ways {
  readonly places: number[] = [];
  readonly starts: number[] = [];
  readonly #taken: Uint8Array;

  constructor(size: number) {
    this.#taken = new Uint8Array(size);
  }

  /** Of several ways at the same place only the first is kept; false for the others. */
  add(place: number, start: number): boolean {
    if (this.#taken[place] === 1) return false;
    this.#taken[place] = 1;
    this.places.push(place);
    this.starts.push(start);
    return true;
  }

  clear(): void {
    for (const place of this.places) this.#taken[place] = 0;
    this.places.length = 0;
    this.starts.length = 0;
  }
}

/** Finds one pattern in one text. What is found has no replacement. */
export class PatternScanner implements Scanner {
  readonly #pattern: Pattern;
  /** The ways that are open behind the newest character. */
  readonly #open: Ways;
  /** Everywhere that they lead without another character. */
  readonly #ready: Ways;
  readonly #stack: number[] = [];
  #before = NONE;
  #length = 0;

  constructor(pattern: Pattern) {
    this.#pattern = pattern;
    this.#open = new Ways(pattern.instructions.length);
    this.#ready = new Ways(pattern.instructions.length);
  }

  push(piece: string): readonly Span[] {
    const found: Span[] = [];
    for (let index = 0; index < piece.length; index++) {
      const code = piece.codePointAt(index) ?? 0;
      const offset = this.#length + index;
      const start = this.#read(code, offset);
      if (start !== null) found.push({ start, end: offset, replacement: null });
      if (code > 0xffff) index++;
    }
    this.#length += piece.length;
    return found;
  }

  pause(): readonly Span[] {
    const start = this.#expand(conditionsBetween(this.#before, NONE), this.#length);
    return start === null ? [] : [{ start, end: this.#length, replacement: null }];
  }

  get settled(): number {
    const [first] = this.#open.starts;
    return first === undefined ? this.#length : Math.max(first, this.#length - LOOK_BACK);
  }

  /** Takes a character; returns where a match began that ends before it. */
  #read(code: number, offset: number): number | null {
    const before = this.#before;
    this.#before = code;
    // This alone settles most of a text.
    if (this.#open.places.length === 0 && !this.#pattern.mayBegin(code)) return null;
    const match = this.#expand(conditionsBetween(before, code), offset);
    this.#open.clear();
    const { places, starts } = this.#ready;
    for (let index = 0; index < places.length; index++) {
      const instruction = this.#pattern.instructions[places[index] ?? 0];
      if (instruction?.matchRune(code)) this.#open.add(instruction.out, starts[index] ?? 0);
    }
    return match;
  }

  /** Fills `#ready` from `#open` and a new beginning; returns where the first match began that ends here. */
  #expand(conditions: number, offset: number): number | null {
    this.#ready.clear();
    let match: number | null = null;
    const { places, starts } = this.#open;
    for (let index = 0; index < places.length; index++) {
      const start = starts[index] ?? 0;
      if (this.#follow(places[index] ?? 0, start, conditions)) match ??= start;
    }
    // A match of nothing is none: whether this one reaches the end does not matter.
    this.#follow(this.#pattern.start, offset, conditions);
    return match;
  }

  /** Adds to `#ready` all places that can be reached from one without another character; true with the end. */
  #follow(place: number, start: number, conditions: number): boolean {
    let matched = false;
    const stack = this.#stack;
    stack.push(place);
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      const instruction = this.#pattern.instructions[at];
      if (!instruction || !this.#ready.add(at, start)) continue;
      const { op, out, arg } = instruction;
      if (op === OPERATION.match) matched = true;
      if (op === OPERATION.alternative || op === OPERATION.alternativeMatch) stack.push(arg, out);
      if (op === OPERATION.capture || op === OPERATION.nothing) stack.push(out);
      if (op === OPERATION.condition && (arg & ~conditions) === 0) stack.push(out);
    }
    return matched;
  }
}
