/** The words of an expression. */

export interface Token {
  readonly kind: "number" | "name" | "sign" | "end";
  readonly text: string;
  /** Where it begins, from 1, as people count. */
  readonly at: number;
}

/** Something in an expression that cannot be calculated, and where. */
export class CalculationError extends Error {
  constructor(at: number, message: string) {
    super(`at character ${at}: ${message}`);
    this.name = "CalculationError";
  }
}

const SPACE = /\s+/y;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const NAME = /[A-Za-z][A-Za-z0-9_]*/y;
const SIGN = /\*\*|[-+*/^%!(),]/y;

/** Signs as they are typeset. */
const SAME_AS: Readonly<Record<string, string>> = {
  "×": "*",
  "·": "*",
  "÷": "/",
  "−": "-",
};

function match(pattern: RegExp, text: string, from: number): string | null {
  pattern.lastIndex = from;
  return pattern.exec(text)?.[0] ?? null;
}

/** The tokens of an expression, with one for its end. Throws a `CalculationError` for what is none. */
export function tokensOf(expression: string): Token[] {
  // One character for one, so that places stay what they are.
  const text = expression.replaceAll(/[×·÷−]/g, (sign) => SAME_AS[sign] ?? sign);
  const tokens: Token[] = [];
  let from = 0;
  while (from < text.length) {
    const space = match(SPACE, text, from);
    if (space !== null) {
      from += space.length;
      continue;
    }
    const token = tokenAt(text, from);
    tokens.push(token);
    from += token.text.length;
  }
  return [...tokens, { kind: "end", text: "", at: text.length + 1 }];
}

function tokenAt(text: string, from: number): Token {
  const at = from + 1;
  const number = match(NUMBER, text, from);
  if (number !== null) return { kind: "number", text: number, at };
  const name = match(NAME, text, from);
  if (name !== null) return { kind: "name", text: name, at };
  const sign = match(SIGN, text, from);
  if (sign !== null) return { kind: "sign", text: sign, at };
  const character = String.fromCodePoint(text.codePointAt(from) ?? 0);
  throw new CalculationError(at, `"${character}" is not understood`);
}
