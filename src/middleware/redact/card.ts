/** Payment cards: 13 to 19 digits whose last one is the check digit of the others. */
import type { DigitGroup } from "./digits.ts";

const SHORTEST = 13;
const LONGEST = 19;

/** The check of Luhn (ISO/IEC 7812-1): every second digit from the right counts twice. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** How cards are written: in one piece, in fours, or as American Express and Diners Club do. */
const GROUPING = /^(\d+|4(-4)*(-[1-4])?|4-6-[45])$/;

/** Digits that a card of one of the networks may have. */
function isCard(digits: string): boolean {
  return digits.length >= SHORTEST && /^[2-6]/.test(digits) && passesLuhn(digits);
}

/** How many of the groups from `first` on make a card together, at most; 0 when none do. */
export function cardAt(groups: readonly DigitGroup[], first: number): number {
  let digits = "";
  let grouping = "";
  let count = 0;
  for (const [index, group] of groups.slice(first).entries()) {
    if (index > 0 && !/^[ \u00a0\u202f-]$/.test(group.before)) break;
    digits += group.digits;
    grouping += `${index > 0 ? "-" : ""}${group.digits.length}`;
    if (digits.length > LONGEST) break;
    if (GROUPING.test(grouping) && isCard(digits)) count = index + 1;
  }
  return count;
}
