/** Finds the calculation that a message asks for. */

/** Words for operators, in the order in which they are replaced. */
const OPERATOR_WORDS: readonly (readonly [RegExp, string])[] = [
  [/(\d)\s*(?:%|percent)\s+of\s+/gi, "$1 / 100 * "],
  [/\bplus\b/gi, "+"],
  [/\bminus\b/gi, "-"],
  [/\b(?:times|multiplied by)\b/gi, "*"],
  [/\bdivided by\b/gi, "/"],
  [/\bto the power of\b/gi, "^"],
  [/[×·]|(?<=\d\s?)x(?=\s?\d)/gi, "*"],
  [/÷/g, "/"],
  [/−/g, "-"],
];

const EXPRESSION = /[-(\d.][-+*/^%().\d\s]*[\d)]/g;
const OPERATION = /[\d)]\s*(?:[-+*/^%]|\*\*)\s*[-(\d.]/;
/** Dates, times, versions and telephone numbers look like sums and are none. */
const NO_SUM =
  /^\d{4}-\d{1,2}(?:-\d{1,2})?$|^\d{1,2}\/\d{1,2}\/\d{2,4}$|^\d{3}-\d{4}$|^\d{3}-\d{3}-\d{4}$/;
const ASKS =
  /\b(?:calculate|compute|evaluate|work out|how much|what(?:'s|’s| is| are)|sum|result|solve)\b|=\s*\??\s*$/i;

/**
 * The longest expression in a message that asks for its value or is nothing but an expression, such as
 * `2 * (3 + 4)`; null otherwise. Thousands separators are dropped. The text must be bounded by the caller.
 */
export function findExpression(message: string): string | null {
  let text = message.replace(/(\d),(?=\d{3}\b)/g, "$1");
  for (const [words, operator] of OPERATOR_WORDS) text = text.replace(words, operator);
  const found = [...text.matchAll(EXPRESSION)]
    .map(([match]) => match.replace(/\s+/g, " ").trim())
    .filter((candidate) => OPERATION.test(candidate) && isBalanced(candidate))
    .filter((candidate) => !NO_SUM.test(candidate))
    .toSorted((a, b) => b.length - a.length)[0];
  if (found === undefined) return null;
  const isWhole = text.replace(/[\s=?.!]+$/, "").trim().length === found.length;
  return isWhole || ASKS.test(message) ? found : null;
}

function isBalanced(expression: string): boolean {
  let depth = 0;
  for (const character of expression) {
    if (character === "(") depth++;
    else if (character === ")" && --depth < 0) return false;
  }
  return depth === 0;
}
