/** From lines to paragraphs and headings, by the distances between lines and the sizes of their text. */
import type { Line } from "./pdf-lines.ts";

export interface Paragraph {
  readonly text: string;
  /** Of a heading, from 1; null of anything else. */
  readonly level: number | null;
}

/** A gap this many times larger than is usual on the page parts paragraphs. */
const PARTING_GAP = 1.35;

/** Text this many times larger than most is a heading, and the larger the higher. */
const HEADING_SIZES = [1.7, 1.35, 1.15];

/** A heading is no longer than this many lines and UTF-16 units. */
const MAX_HEADING_LINES = 3;
const MAX_HEADING_LENGTH = 200;

/** The dots between a title and its page in a table of contents. */
const LEADERS = /(?: ?\.){5,} ?/g;

/** What stands before the items of a list. */
const BULLET = /^[•‣▪◦●○■]\s/;

/** The size, in half points, that most of the text has. */
export function bodySize(lines: readonly Line[]): number {
  const lengths = new Map<number, number>();
  for (const { text, size } of lines) {
    const rounded = Math.round(size * 2) / 2;
    lengths.set(rounded, (lengths.get(rounded) ?? 0) + text.length);
  }
  const [most] = [...lengths].toSorted((a, b) => b[1] - a[1]);
  return most?.[0] ?? 0;
}

function levelOf(size: number, body: number): number | null {
  if (body <= 0) return null;
  const index = HEADING_SIZES.findIndex((factor) => size >= body * factor);
  return index === -1 ? null : index + 1;
}

/** The distance from line to line that is usual on a page. */
function usualGap(lines: readonly Line[]): number {
  const gaps = lines.flatMap(({ y }, index) => {
    const gap = (lines[index - 1]?.y ?? 0) - y;
    return index > 0 && gap > 0 ? [gap] : [];
  });
  const sorted = gaps.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Infinity;
}

/** The paragraphs of a page; `body` is the size of most of the document's text. */
export function paragraphsOf(lines: readonly Line[], body: number): Paragraph[] {
  const usual = usualGap(lines);
  const groups: { lines: Line[]; level: number | null }[] = [];
  let last: Line | undefined;
  for (const line of lines) {
    const level = levelOf(line.size, body);
    const group = groups.at(-1);
    const gap = last ? last.y - line.y : 0;
    const parts = gap < 0 || gap > Math.max(usual * PARTING_GAP, line.size * 1.1);
    if (!group || group.level !== level || (parts && !isStep(gap, line, level))) {
      groups.push({ lines: [line], level });
    } else {
      group.lines.push(line);
    }
    last = line;
  }
  return groups.map(toParagraph);
}

/** Headings of several lines stand wider apart than the text around them. */
function isStep(gap: number, { size }: Line, level: number | null): boolean {
  return level !== null && gap > 0 && gap <= size * 1.5;
}

function toParagraph({ lines, level }: { lines: Line[]; level: number | null }): Paragraph {
  const parts: string[] = [];
  for (const { text } of lines) addLine(parts, text.trim());
  const text = parts.join("");
  const isShort = lines.length <= MAX_HEADING_LINES && text.length <= MAX_HEADING_LENGTH;
  const bare = text.replaceAll(LEADERS, " … ");
  return { text: bare, level: isShort && bare === text ? level : null };
}

/** Goes on with a line as running text; a word that was parted at the end of the last one is whole again. */
function addLine(parts: string[], line: string): void {
  const last = parts.at(-1) ?? "";
  if (last === "") {
    parts.push(line);
  } else if (last.endsWith("\u00ad") || (isParted(last.slice(-40)) && /^\p{Ll}/u.test(line))) {
    parts[parts.length - 1] = last.slice(0, -1);
    parts.push(line);
  } else {
    parts.push(spaceBetween(last, line), line);
  }
}

function spaceBetween(last: string, line: string): string {
  if (BULLET.test(line)) return "\n";
  return isDense(last.at(-1)) && isDense(line[0]) ? "" : " ";
}

/** Whether a line ends in the first part of a word; "state-of-the-" does not. */
function isParted(end: string): boolean {
  return /(?:^|\s)\p{L}{2,}-$/u.test(end);
}

/** Whether a character is of a script that puts no spaces between words. */
function isDense(character: string | undefined): boolean {
  return /[\u3000-\u303f\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\uff00-\uffef]/u.test(
    character ?? "",
  );
}
