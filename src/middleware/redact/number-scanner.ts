/** Finds telephone and card numbers in a text that comes in pieces. */
import { isWordCharacter } from "../scan/glyphs.ts";
import type { Scanner, Span } from "../scan/scanner.ts";
import { cardAt } from "./card.ts";
import { type DigitGroup, groupsOf } from "./digits.ts";
import { datesIn, phonesIn } from "./phone.ts";

/** What stands in the place of a number; null leaves such numbers as they are. */
export interface NumberReplacements {
  readonly phone: string | null;
  readonly card: string | null;
}

/** No number is longer than the second, with its signs; a run beyond the first is a table of figures. */
const LONGEST_RUN = 64;
const LONGEST_NUMBER = 32;

/** How many signs may stand between two groups of a number, as in `+49 (0) 30`. */
const MOST_SIGNS = 3;

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

const SIGNS: ReadonlySet<string> = new Set(" \u00a0\u202f-\u2010\u2011\u2013./()");

function isWord(character: string): boolean {
  return character !== "" && isWordCharacter(character.charCodeAt(0));
}

/** Whether a number may begin behind these two characters: not when it is the rest of a name, an amount, a path. */
function mayBeginAfter(earlier: string, before: string): boolean {
  if (before === "") return true;
  if (isWord(before) || "_#$€£¥@".includes(before)) return false;
  if (before === "-" || before === "/") return !isWord(earlier);
  return !(".,:".includes(before) && /\d/.test(earlier));
}

/** Groups of a run that belong together: dates stand between them. */
function sequencesOf(run: string, groups: readonly DigitGroup[]): DigitGroup[][] {
  const dates = datesIn(run);
  const sequences: DigitGroup[][] = [[]];
  for (const group of groups) {
    if (dates.some(({ start, end }) => group.start >= start && group.end <= end))
      sequences.push([]);
    else sequences.at(-1)?.push(group);
  }
  return sequences;
}

/** Takes cards out of a sequence; returns what is left between them. */
function takeCards(
  groups: readonly DigitGroup[],
  found: (first: DigitGroup, last: DigitGroup) => void,
): DigitGroup[][] {
  const rest: DigitGroup[][] = [[]];
  for (let index = 0; index < groups.length; index++) {
    const count = cardAt(groups, index);
    const [first, last] = [groups[index], groups[index + count - 1]];
    if (count > 0 && first && last) {
      found(first, last);
      rest.push([]);
      index += count - 1;
    } else if (first) rest.at(-1)?.push(first);
  }
  return rest;
}

/** The numbers among the groups of a run, in order. */
function numbersIn(
  run: string,
  groups: readonly DigitGroup[],
  { phone, card }: NumberReplacements,
): Span[] {
  const found: Span[] = [];
  for (const sequence of sequencesOf(run, groups)) {
    const rest =
      card === null
        ? [sequence]
        : takeCards(sequence, ({ start }, { end }) =>
            found.push({ start, end, replacement: card }),
          );
    if (phone === null) continue;
    for (const number of rest.flatMap((between) => phonesIn(run, between))) {
      found.push({ ...number, replacement: phone });
    }
  }
  return found.toSorted((a, b) => a.start - b.start);
}

/** Takes away the digits that a letter follows, as in 1234567-AB or 030-12b: they are part of a name. */
function dropName(groups: DigitGroup[]): void {
  for (let last = groups.pop(); last && !/\s/.test(last.before); last = groups.pop());
}

export class NumberScanner implements Scanner {
  readonly #replacements: NumberReplacements;
  #length = 0;
  /** Digits and signs that may be a number, and where they begin. */
  #run = "";
  #start = 0;
  /** How many signs the run ends with. */
  #signs = 0;
  /** The two characters before the present one, while there is no run. */
  #before = "";
  #earlier = "";
  /** True in a run that is too long for a telephone number. */
  #table = false;
  #found: Span[] = [];

  constructor(replacements: NumberReplacements) {
    this.#replacements = replacements;
  }

  push(piece: string): readonly Span[] {
    this.#found = [];
    for (let index = 0; index < piece.length; index++) {
      this.#read(piece[index] ?? "", this.#length + index);
    }
    this.#length += piece.length;
    return this.#found;
  }

  pause(): readonly Span[] {
    this.#found = [];
    this.#finish("");
    this.#step("");
    this.#step("");
    return this.#found;
  }

  get settled(): number {
    return this.#run === "" ? this.#length : this.#start;
  }

  #read(character: string, offset: number): void {
    const digit = isDigit(character.charCodeAt(0));
    if (this.#run !== "") {
      if (digit || (SIGNS.has(character) && this.#signs < MOST_SIGNS)) {
        this.#run += character;
        this.#signs = digit ? 0 : this.#signs + 1;
        if (this.#run.length > LONGEST_RUN) this.#shorten();
        return;
      }
      this.#finish(character);
    }
    const begins = digit || character === "+" || character === "(";
    if (begins && mayBeginAfter(this.#earlier, this.#before)) {
      this.#run = character;
      this.#start = offset;
      this.#signs = digit ? 0 : 1;
    } else this.#step(character);
  }

  #step(character: string): void {
    this.#earlier = this.#before;
    this.#before = character;
  }

  /** Ends the run before this character; the empty text stands for the end of all. */
  #finish(next: string): void {
    // Most texts end without one.
    if (this.#run === "") {
      this.#table = false;
      return;
    }
    const groups = groupsOf(this.#run);
    const tail = this.#run.slice(groups.at(-1)?.end ?? 0);
    if (/^[-/]?$/.test(tail) && /[\p{L}_@%]/u.test(next)) dropName(groups);
    this.#report(groups);
    this.#drop(this.#run.length);
    this.#table = false;
  }

  /** Takes characters from the beginning of the run. */
  #drop(count: number): void {
    for (const character of this.#run.slice(0, count).slice(-2)) this.#step(character);
    this.#run = this.#run.slice(count);
    this.#start += count;
  }

  /** Settles the beginning of a long run: what is found in it, and all but the length of one number. */
  #shorten(): void {
    const groups = groupsOf(this.#run);
    const limit = this.#run.length - LONGEST_NUMBER;
    const kept = groups.find(({ start }) => start >= limit);
    this.#table = true;
    const complete = groups.slice(0, -1);
    this.#drop(Math.max(this.#report(complete), kept?.start ?? this.#run.length));
  }

  /** Returns the end of the last number that was found. */
  #report(groups: readonly DigitGroup[]): number {
    const { phone, card } = this.#replacements;
    const wanted = { card, phone: this.#table ? null : phone };
    const numbers = numbersIn(this.#run, groups, wanted);
    for (const { start, end, replacement } of numbers) {
      this.#found.push({ start: start + this.#start, end: end + this.#start, replacement });
    }
    return numbers.at(-1)?.end ?? 0;
  }
}
