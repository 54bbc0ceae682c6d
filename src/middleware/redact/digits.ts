/** Runs of digits, with the signs between them, in which numbers are looked for. */

/** Digits that stand together. */
export interface DigitGroup {
  readonly digits: string;
  /** The signs between the group before and this one, or before the first. */
  readonly before: string;
  readonly start: number;
  readonly end: number;
}

/** The groups of a run, in order; offsets count from its beginning. */
export function groupsOf(run: string): DigitGroup[] {
  let end = 0;
  return Array.from(run.matchAll(/\d+/g), (match) => {
    const before = run.slice(end, match.index);
    end = match.index + match[0].length;
    return { digits: match[0], before, start: match.index, end };
  });
}
