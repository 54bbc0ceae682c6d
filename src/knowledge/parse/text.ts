/** Cleaning text, so that stores can hold it and searches find it. */

/**
 * Control characters but tab and line feed, soft hyphens, and what no reader sees: zero-width marks and the "tag"
 * characters, which can hide instructions to a model. The joiners that scripts and emoji need stay.
 */
const INVISIBLE =
  // oxlint-disable-next-line no-control-regex
  /[\0-\u0008\u000b\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u200b\u2060\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
const BREAKS = /\r\n?|[\f\u0085\u2028\u2029]/g;

/** The text with `\n` for every line break, plain spaces, no invisible characters and no lone surrogates. */
export function cleanText(text: string): string {
  return text
    .replaceAll(BREAKS, "\n")
    .replaceAll(INVISIBLE, "")
    .replaceAll("\u00a0", " ")
    .toWellFormed();
}

/** The text without blank lines at its start and without white space at its end; how its first line is indented stays. */
export function withoutBlankEnds(text: string): string {
  const first = text.search(/\S/);
  return first === -1 ? "" : text.slice(text.lastIndexOf("\n", first) + 1).trimEnd();
}

/** Letters of ASCII with single spaces: what most cells of most tables are, and what needs no cleaning. */
const CLEAN_LINE = /^(?:[!-~]+(?: [!-~]+)*)?$/;

/** White space that is more or other than a single space: each match costs memory, so those are no matches. */
const UNEVEN_SPACE = /\s{2,}|[^\S ]/g;

/** Longer lines are cleaned without asking: the question itself would take the whole stack for megabytes. */
const MAX_ASKED = 1000;

/** The text in one line, with single spaces. */
export function oneLine(text: string): string {
  if (text.length <= MAX_ASKED && CLEAN_LINE.test(text)) return text;
  return cleanText(text).replaceAll(UNEVEN_SPACE, " ").trim();
}

/** The bounds that the contract sets for metadata. */
const MAX_KEYS = 16;
const MAX_VALUE = 512;

/** What a document says of itself, as metadata of the contract: short strings, none of them empty. */
export function metadataOf(entries: Readonly<Record<string, unknown>>): Record<string, string> {
  const kept = Object.entries(entries).flatMap(([key, value]) => {
    const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
    const line = Array.from(oneLine(text.slice(0, 8 * MAX_VALUE)))
      .slice(0, MAX_VALUE)
      .join("");
    return line === "" ? [] : [[key, line] as const];
  });
  return Object.fromEntries(kept.slice(0, MAX_KEYS));
}
