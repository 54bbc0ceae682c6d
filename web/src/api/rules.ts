/** The rules that input breaks, in plain words. */

const SIZE = /^Too (?:big|small): expected \w+ to be ([<>]=?)(-?[\d.]+)$/;
const COUNT = /^Too (?:big|small): expected \w+ to have ([<>]=?)(\d+) (\w+)$/;
const TYPE = /^Invalid input: expected (\w+), received \w+$/;

const BOUNDS: Readonly<Record<string, string>> = {
  "<=": "at most",
  "<": "less than",
  ">=": "at least",
  ">": "more than",
};

const TYPES: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "a text",
  boolean: "yes or no",
  array: "a list",
  object: "an object",
};

/** What the server says of one field, without the words of its schema library. */
export function plainRule(message: string): string {
  const size = SIZE.exec(message);
  if (size) return `must be ${BOUNDS[size[1] ?? ""]} ${size[2]}`;
  const count = COUNT.exec(message);
  if (count) return `must have ${BOUNDS[count[1] ?? ""]} ${count[2]} ${count[3]}`;
  const type = TYPE.exec(message);
  if (type) return `must be ${TYPES[type[1] ?? ""] ?? type[1]}`;
  return message;
}
