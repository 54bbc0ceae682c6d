/**
 * Calculates an expression by recursive descent:
 *
 *     sum     = product (("+" | "-") product)*
 *     product = signed (("*" | "/" | "%") signed)*
 *     signed  = ("+" | "-") signed | power
 *     power   = postfix (("^" | "**") signed)?
 *     postfix = operand ("!" | "%")*
 *     operand = number | constant | function "(" sum ("," sum)* ")" | "(" sum ")"
 *
 * `%` between two operands is the remainder; behind an operand that none follows it is a hundredth.
 */
import { nearest } from "../../../workflow/plan/suggest.ts";
import { CONSTANTS, Decimal, factorial, format, FUNCTIONS } from "./numbers.ts";
import { CalculationError, type Token, tokensOf } from "./tokens.ts";

/** No sum that somebody means is longer, in characters, or has more parts within parts. */
const MAX_LENGTH = 1000;
const MAX_DEPTH = 50;

const END: Token = { kind: "end", text: "", at: 1 };

/** The value of an expression, such as `14` for `2 * (3 + 4)`. Throws a `CalculationError` that says where it is wrong. */
export function calculate(expression: string): string {
  if (expression.length > MAX_LENGTH) {
    throw new CalculationError(
      MAX_LENGTH + 1,
      `an expression has at most ${MAX_LENGTH} characters`,
    );
  }
  return format(new Calculation(tokensOf(expression)).value());
}

class Calculation {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  value(): Decimal {
    const value = this.#sum();
    const { kind, text, at } = this.#peek();
    if (kind === "end") return value;
    if (text === ",") {
      throw new CalculationError(
        at,
        'unexpected ","; large numbers are written without separators',
      );
    }
    throw new CalculationError(
      at,
      text === ")" ? 'no "(" for this ")"' : `an operator is missing before "${text}"`,
    );
  }

  #peek(ahead = 0): Token {
    return this.#tokens[this.#next + ahead] ?? this.#tokens.at(-1) ?? END;
  }

  /** Takes the next token if it is one of these signs. */
  #take(...signs: readonly string[]): Token | null {
    const token = this.#peek();
    if (token.kind !== "sign" || !signs.includes(token.text)) return null;
    this.#next++;
    return token;
  }

  #sum(): Decimal {
    let value = this.#product();
    for (let sign = this.#take("+", "-"); sign; sign = this.#take("+", "-")) {
      const right = this.#product();
      value = finite(sign, sign.text === "+" ? value.plus(right) : value.minus(right));
    }
    return value;
  }

  #product(): Decimal {
    let value = this.#signed();
    for (let sign = this.#take("*", "/", "%"); sign; sign = this.#take("*", "/", "%")) {
      const right = this.#signed();
      if (sign.text !== "*" && right.isZero())
        throw new CalculationError(sign.at, "division by zero");
      value = finite(sign, operate(sign.text, value, right));
    }
    return value;
  }

  #signed(): Decimal {
    return this.#deeper(() => {
      const sign = this.#take("+", "-");
      if (!sign) return this.#power();
      const value = this.#signed();
      return sign.text === "-" ? value.negated() : value;
    });
  }

  #power(): Decimal {
    const base = this.#postfix();
    const sign = this.#take("^", "**");
    return sign ? finite(sign, base.pow(this.#signed())) : base;
  }

  #postfix(): Decimal {
    let value = this.#operand();
    for (;;) {
      const sign = this.#endsOperand() ? this.#take("!", "%") : this.#take("!");
      if (!sign) return value;
      value = sign.text === "%" ? value.div(100) : named(sign, "!", () => factorial(value));
    }
  }

  /** Whether a "%" that comes now has no operand behind it. */
  #endsOperand(): boolean {
    const { kind, text } = this.#peek(1);
    return kind === "end" || (kind === "sign" && text !== "(");
  }

  #operand(): Decimal {
    const token = this.#peek();
    if (token.kind === "number") {
      this.#next++;
      return finite(token, new Decimal(token.text));
    }
    if (token.kind === "name") return this.#name(token);
    const open = this.#take("(");
    if (open) return this.#deeper(() => this.#closed(open, () => this.#sum()));
    const what = token.kind === "end" ? "the end" : `"${token.text}"`;
    throw new CalculationError(token.at, `a number is missing before ${what}`);
  }

  #name(token: Token): Decimal {
    this.#next++;
    const name = token.text.toLowerCase();
    const apply = FUNCTIONS.get(name);
    if (!apply) return constant(token, name);
    const open = this.#take("(");
    if (!open) throw new CalculationError(token.at, `${name} is a function: write ${name}(…)`);
    const args = this.#deeper(() => this.#closed(open, () => this.#arguments()));
    const [least, most] = apply.arity;
    if (args.length < least || args.length > most) {
      const wanted = least === most ? `${least}` : `${least} to ${most}`;
      throw new CalculationError(token.at, `${name} takes ${wanted} arguments, not ${args.length}`);
    }
    return named(token, name, () => apply.apply(...args));
  }

  #arguments(): Decimal[] {
    const args = [this.#sum()];
    while (this.#take(",")) args.push(this.#sum());
    return args;
  }

  #closed<T>(open: Token, inner: () => T): T {
    const value = inner();
    if (!this.#take(")")) throw new CalculationError(open.at, 'this "(" is not closed');
    return value;
  }

  #deeper<T>(inner: () => T): T {
    if (++this.#depth > 2 * MAX_DEPTH) {
      throw new CalculationError(this.#peek().at, `more than ${MAX_DEPTH} parts within parts`);
    }
    const value = inner();
    this.#depth--;
    return value;
  }
}

function operate(sign: string, left: Decimal, right: Decimal): Decimal {
  if (sign === "*") return left.times(right);
  return sign === "/" ? left.div(right) : left.mod(right);
}

function constant({ at, text }: Token, name: string): Decimal {
  const value = CONSTANTS.get(name);
  if (value) return value;
  const near = nearest(name, [...FUNCTIONS.keys(), ...CONSTANTS.keys()]);
  const meant = near === null ? "" : `; did you mean "${near}"?`;
  throw new CalculationError(at, `there is no "${text}"${meant}`);
}

/** What comes of an operation, unless it is no number. */
function finite({ at, text }: Token, value: Decimal): Decimal {
  if (value.isNaN()) throw new CalculationError(at, `"${text}" has no real result here`);
  if (!value.isFinite()) throw new CalculationError(at, `the result of "${text}" is too large`);
  return value;
}

function named(token: Token, name: string, apply: () => Decimal): Decimal {
  try {
    return finite({ ...token, text: name }, apply());
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CalculationError(token.at, `"${name}" ${error.message}`);
  }
}
