/** Arguments and results of tools as people read them. */

const LINE = 72;

/** Data as people read it: in a line where it fits. */
export function dataText(value: unknown): string {
  const lines = JSON.stringify(value, null, 2);
  // A line break in a text of it stands there as \n, so these are between the parts.
  const line = lines.replaceAll(/\n\s*/g, " ");
  return line.length > LINE ? lines : line;
}

/** JSON as people read it; any other text as it is. */
export function tidy(text: string): string {
  const data = jsonIn(text);
  return data === undefined ? text : dataText(data);
}

/** The object or list that a text is; undefined for any other text. */
function jsonIn(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Whether a text says the same as data that came with it, as many tools do for models that read only one of them. */
export function saysTheSame(text: string, data: unknown): boolean {
  return JSON.stringify(sorted(jsonIn(text))) === JSON.stringify(sorted(data));
}

/** The same data with the names of its objects in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, part]) => [name, sorted(part)]));
}

const SHOWN_LINES = 14;
const SHOWN_CHARACTERS = 1400;

/** The beginning of a text that is long; null where all of it may be shown at once. */
export function beginningOf(text: string): string | null {
  const lines = text.split("\n");
  // What is hidden has to be worth a press of a button.
  if (lines.length <= SHOWN_LINES + 4 && text.length <= SHOWN_CHARACTERS + 400) return null;
  const beginning = lines.slice(0, SHOWN_LINES).join("\n").slice(0, SHOWN_CHARACTERS);
  return beginning.replace(/[\uD800-\uDBFF]$/, "");
}
