/** Numbers of the calculator: decimal, so that 0.1 + 0.2 is 0.3, and bounded, so that none takes for ever. */
import { Decimal as AnyDecimal } from "decimal.js";

/** Digits that are worked with; whole numbers up to this length are exact. */
const DIGITS = 100;

/** Digits that a result with an endless fraction is shown with. */
const SHOWN_DIGITS = 20;

/** What is left over beyond this many places after a function such as sin is an error of rounding. */
const PLACES = 90;

/** Beyond 10^10000 a number is too large to be meant. */
const MAX_EXPONENT = 10_000;

export const Decimal = AnyDecimal.clone({
  precision: DIGITS,
  maxE: MAX_EXPONENT,
  minE: -MAX_EXPONENT,
  toExpPos: DIGITS,
  toExpNeg: -SHOWN_DIGITS,
  defaults: true,
});
export type Decimal = AnyDecimal;

const PI = Decimal.acos(-1);

export const CONSTANTS: ReadonlyMap<string, Decimal> = new Map([
  ["pi", PI],
  ["tau", PI.times(2)],
  ["e", Decimal.exp(1)],
]);

interface CalculatorFunction {
  /** How few and how many arguments it takes. */
  readonly arity: readonly [least: number, most: number];
  readonly apply: (...args: Decimal[]) => Decimal;
}

/** Larger angles have no digits left to say where on the circle they are. */
const MAX_ANGLE = 1e15;

const MAX_FACTORIAL = 1000;

const MANY = 100;

function angle(x: Decimal): Decimal {
  if (x.abs().lte(MAX_ANGLE)) return x;
  throw new RangeError(`takes angles up to ${MAX_ANGLE}, in radians`);
}

function rounded(x: Decimal): Decimal {
  return x.toDecimalPlaces(PLACES);
}

function tangent(x: Decimal): Decimal {
  const cosine = rounded(Decimal.cos(angle(x)));
  if (cosine.isZero()) throw new RangeError("is not defined there");
  return rounded(rounded(Decimal.sin(x)).div(cosine));
}

/** The product of the whole numbers up to `x`. Throws a `RangeError` for what has none, or too large a one. */
export function factorial(x: Decimal): Decimal {
  if (!x.isInteger() || x.isNegative() || x.gt(MAX_FACTORIAL)) {
    throw new RangeError(`takes whole numbers from 0 to ${MAX_FACTORIAL}`);
  }
  let product = new Decimal(1);
  for (let factor = 2; x.gte(factor); factor++) product = product.times(factor);
  return product;
}

/** To the nearest, halves away from zero, at so many places. */
function round(x: Decimal, places = new Decimal(0)): Decimal {
  if (!places.isInteger() || places.abs().gt(DIGITS)) {
    throw new RangeError(`takes a whole number of places, at most ${DIGITS}`);
  }
  const scale = new Decimal(10).pow(places);
  return x.times(scale).toDecimalPlaces(0, Decimal.ROUND_HALF_UP).div(scale);
}

function one(apply: (x: Decimal) => Decimal): CalculatorFunction {
  return { arity: [1, 1], apply };
}

function two(apply: (x: Decimal, y: Decimal) => Decimal): CalculatorFunction {
  return { arity: [2, 2], apply };
}

function several(apply: (...args: Decimal[]) => Decimal): CalculatorFunction {
  return { arity: [1, MANY], apply };
}

export const FUNCTIONS: ReadonlyMap<string, CalculatorFunction> = new Map([
  ["abs", one((x) => x.abs())],
  ["sqrt", one((x) => x.sqrt())],
  ["cbrt", one((x) => x.cbrt())],
  ["exp", one((x) => x.exp())],
  ["ln", one((x) => x.ln())],
  ["log10", one((x) => Decimal.log10(x))],
  ["log2", one((x) => Decimal.log2(x))],
  ["log", { arity: [1, 2], apply: (x, base = new Decimal(10)) => Decimal.log(x, base) }],
  ["sin", one((x) => rounded(Decimal.sin(angle(x))))],
  ["cos", one((x) => rounded(Decimal.cos(angle(x))))],
  ["tan", one(tangent)],
  ["asin", one((x) => rounded(Decimal.asin(x)))],
  ["acos", one((x) => rounded(Decimal.acos(x)))],
  ["atan", one((x) => rounded(Decimal.atan(x)))],
  ["floor", one((x) => x.floor())],
  ["ceil", one((x) => x.ceil())],
  ["trunc", one((x) => x.trunc())],
  ["round", { arity: [1, 2], apply: round }],
  ["factorial", one(factorial)],
  ["pow", two((x, y) => x.pow(y))],
  ["mod", two((x, y) => x.mod(y))],
  ["min", several((...args) => Decimal.min(...args))],
  ["max", several((...args) => Decimal.max(...args))],
  ["sum", several((...args) => Decimal.sum(...args))],
  ["mean", several((...args) => Decimal.sum(...args).div(args.length))],
]);

/** A number as people write it: whole ones in full, others to 20 digits. */
export function format(x: Decimal): string {
  const shown =
    x.isInteger() && x.precision(true) <= DIGITS ? x : x.toSignificantDigits(SHOWN_DIGITS);
  // There is one zero.
  return shown.isZero() ? "0" : shown.toString();
}
