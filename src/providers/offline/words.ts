/** Words and sentences, as the offline provider counts and compares them. */

const STOP_WORDS = new Set(
  (
    "a about after all also am an and any are as at be been before being but by can could did do does for from had " +
    "has have how i if in into is it its just me my no not of on or our out please shall should so some tell than " +
    "that the their them then there these they this those to up us was we were what when where which while who whom " +
    "why will with would you your give show explain describe many much say says"
  ).split(" "),
);

const SUFFIXES = [
  "ations",
  "ation",
  "ments",
  "ment",
  "ings",
  "ing",
  "ies",
  "ied",
  "ers",
  "er",
  "ed",
  "es",
  "s",
  "e",
  "y",
];

/** The number of words, parted by white space: what the offline provider counts as tokens. */
export function countWords(text: string): number {
  let count = 0;
  for (const _ of text.matchAll(/\S+/g)) count++;
  return count;
}

/** The words that carry meaning, reduced to stems; each once. */
export function stems(text: string): Set<string> {
  const found = new Set<string>();
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}]+/gu)) {
    if (!STOP_WORDS.has(word)) found.add(stem(word));
  }
  return found;
}

/** A rough stem: enough to match `refunds`, `refunded` and `refund`. */
function stem(word: string): string {
  for (const suffix of SUFFIXES) {
    if (word.endsWith(suffix) && word.length - suffix.length >= 3) {
      return word.slice(0, -suffix.length);
    }
  }
  return word;
}

const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });

/** The sentences of a text in order, trimmed; line breaks that part paragraphs, list items or headings part them too. */
export function sentences(text: string): string[] {
  return text
    .split(/\n\s*\n|\n(?=\s*(?:[-*#]|\d+\.)\s)/)
    .flatMap((paragraph) => [...segmenter.segment(paragraph)])
    .map(({ segment }) => segment.replace(/\s+/g, " ").trim())
    .filter((sentence) => sentence !== "");
}
