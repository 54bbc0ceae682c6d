/**
 * Telephone numbers: international ones, and the forms that are usual within countries. Without a library's
 * tables of every country, a number of 7 to 15 digits is taken for one when it is written like one.
 */
import type { DigitGroup } from "./digits.ts";

/** As ITU-T E.164 has it, without what stands before an international number. */
const SHORTEST = 7;
const LONGEST = 15;

/** Groups that are usual where a number has neither `+` nor 0 nor brackets before it, by the lengths of the groups. */
const GROUPINGS: ReadonlySet<string> = new Set(
  // In turn: North America; China, India; Spain, Poland, Portugal; Singapore, Denmark, Norway; Mexico, Brazil, Australia.
  "3-4 3-3-4 1-3-3-4 3-4-4 5-5 3-3-3 3-2-2-2 2-3-2-2 4-4 2-2-2-2 2-4-4 5-4 2-5-4 4-3-3".split(" "),
);

/** The groupings of decimals and of amounts in thousands are not among these. */
const GROUPINGS_WITH_POINTS: ReadonlySet<string> = new Set(["3-3-4", "1-3-3-4", "2-2-2-2"]);

const EIGHT_DIGITS: ReadonlySet<string> = new Set(["4-4", "2-2-2-2"]);

const YEAR = /^(19|20)\d\d$/;

function isDay(month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/** Dates as they stand in a run: with the year first or last, complete, the same sign between the parts. */
const DATES =
  /(?<!\d|\d[-./])(?:(\d{4})([-./])(\d\d?)\2(\d\d?)|(\d\d?)([-./])(\d\d?)\6(?:\d{4}|\d\d))(?![-./]?\d)/g;

/** Where dates are in a run: nothing of them belongs to a number. */
export function datesIn(run: string): { start: number; end: number }[] {
  const dates: { start: number; end: number }[] = [];
  for (const match of run.matchAll(DATES)) {
    const first = Number(match[3] ?? match[5]);
    const second = Number(match[4] ?? match[7]);
    if (!isDay(first, second) && !isDay(second, first)) continue;
    dates.push({ start: match.index, end: match.index + match[0].length });
  }
  return dates;
}

/** 83000000 and 4000000000. */
function isRound(digits: string): boolean {
  return digits.endsWith(digits.length < 10 ? "000" : "0000");
}

/** A number in one piece. Dates, round amounts and times in seconds or milliseconds are none. */
function isBareNumber(digits: string): boolean {
  if (digits.length < SHORTEST || digits.length > LONGEST || isRound(digits)) return false;
  if (/^1(\d{9}|\d{12})$/.test(digits)) return false;
  const date = /^(?:19|20)\d\d(\d\d)(\d\d)(?:\d{6})?$/.exec(digits);
  return !date || !isDay(Number(date[1]), Number(date[2]));
}

function isGroupedNumber(groups: readonly DigitGroup[]): boolean {
  const grouping = groups.map(({ digits }) => digits.length).join("-");
  const signs = new Set(groups.slice(1).map(({ before }) => before));
  const points = signs.has(".");
  if (points && signs.size > 1) return false;
  if (!(points ? GROUPINGS_WITH_POINTS : GROUPINGS).has(grouping)) return false;
  if ([...signs].some((sign) => !/^[ \u00a0\u202f.\u2010\u2011\u2013-]$/.test(sign))) return false;
  if (groups.every(({ digits }) => YEAR.test(digits))) return false;
  // Numbers of eight digits begin with 2 or more, 10 20 30 40 does not; 250 000 000 is an amount.
  if (EIGHT_DIGITS.has(grouping) && groups[0]?.digits.startsWith("1")) return false;
  return groups.at(-1)?.digits !== "000";
}

/** Where a telephone number begins, when all these groups together are one; null when they are none. */
function phoneStart(run: string, groups: readonly DigitGroup[]): number | null {
  const [first, second] = groups;
  if (!first) return null;
  const digits = groups.map((group) => group.digits).join("");
  const fits = digits.length >= SHORTEST && digits.length <= LONGEST;
  const sign = run[first.start - 1];
  if (sign === "+") return fits && !digits.startsWith("0") ? first.start - 1 : null;
  if (/^00[1-9]/.test(digits)) {
    return digits.length >= SHORTEST + 2 && digits.length <= LONGEST + 2 ? first.start : null;
  }
  if (sign === "(" && second?.before.startsWith(")") && /^(0\d{1,4}|\d{2,3})$/.test(first.digits)) {
    return fits ? first.start - 1 : null;
  }
  if (digits.startsWith("0")) {
    const decimal = first.digits === "0" && second?.before === ".";
    return fits && !decimal ? first.start : null;
  }
  const known = second ? isGroupedNumber(groups) : isBareNumber(digits);
  return known ? first.start : null;
}

/** Whether a number seems to begin with this group, whatever stands before it. */
function isBeginning({ digits, before }: DigitGroup): boolean {
  return digits.startsWith("0") || before.endsWith("(") || before.endsWith("+");
}

/** Cuts groups where another number seems to begin: after other figures, or after a whole number. */
function chunksOf(groups: readonly DigitGroup[]): DigitGroup[][] {
  const chunks: DigitGroup[][] = [];
  let begun = false;
  let length = 0;
  for (const group of groups) {
    const begins = isBeginning(group);
    const whole = length >= SHORTEST;
    const full = whole && length + group.digits.length > LONGEST;
    if (chunks.length === 0 || full || (begins && (whole || !begun))) {
      chunks.push([]);
      begun = begins;
      length = 0;
    }
    chunks.at(-1)?.push(group);
    length += group.digits.length;
  }
  return chunks;
}

/** The telephone numbers in groups that follow each other: all of them together, or one after another. */
export function phonesIn(
  run: string,
  groups: readonly DigitGroup[],
): { start: number; end: number }[] {
  const toPhone = (candidate: readonly DigitGroup[]): { start: number; end: number }[] => {
    const start = phoneStart(run, candidate);
    const end = candidate.at(-1)?.end;
    return start === null || end === undefined ? [] : [{ start, end }];
  };
  const whole = toPhone(groups);
  return whole.length > 0 ? whole : chunksOf(groups).flatMap(toPhone);
}
