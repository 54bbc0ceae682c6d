import { describe, expect, it, test } from "vitest";
import { calculate } from "./calculate.ts";

describe("calculating", () => {
  it.each([
    ["2 * (3 + 4)", "14"],
    ["0.1 + 0.2", "0.3"],
    ["1.005 * 1000", "1005"],
    ["-2 ^ 2", "-4"],
    ["(-2) ^ 2", "4"],
    ["2 ^ 3 ^ 2", "512"],
    ["2 ** -1", "0.5"],
    ["10 - 4 - 3", "3"],
    ["100 / 10 / 5", "2"],
    ["10 % 4", "2"],
    ["-7 % 3", "-1"],
    ["200 * 15%", "30"],
    ["10% + 5", "5.1"],
    ["50%", "0.5"],
    ["5!", "120"],
    ["3!!", "720"],
    ["2 ^ 100", "1267650600228229401496703205376"],
    ["1 / 3", "0.33333333333333333333"],
    ["1e3 + .5", "1000.5"],
    ["6 × 7 ÷ 2 − 1", "20"],
    ["sqrt(2) ^ 2", "2"],
    ["sqrt(16) + cbrt(27)", "7"],
    ["round(2.345, 2)", "2.35"],
    ["round(-2.5)", "-3"],
    ["round(1234, -2)", "1200"],
    ["log(1000)", "3"],
    ["log(8, 2)", "3"],
    ["ln(e)", "1"],
    ["sin(pi)", "0"],
    ["cos(PI / 3)", "0.5"],
    ["tan(pi / 4)", "1"],
    ["tau / pi", "2"],
    ["max(3, 1 + 9, 2) - min(4, -1)", "11"],
    ["mean(1, 2, 3, 4)", "2.5"],
    ["0 * -1", "0"],
    ["--3", "3"],
    ["1e-30", "1e-30"],
  ])("%s is %s", (expression, value) => expect(calculate(expression)).toBe(value));

  it.each([
    ["", "at character 1: a number is missing before the end"],
    ["2 +", "at character 4: a number is missing before the end"],
    ["2 * * 3", 'at character 5: a number is missing before "*"'],
    ["(2 + 3", 'at character 1: this "(" is not closed'],
    ["2 + 3)", 'at character 6: no "(" for this ")"'],
    ["2 3", 'at character 3: an operator is missing before "3"'],
    ["2 $ 3", 'at character 3: "$" is not understood'],
    ["1,000 + 1", 'at character 2: unexpected ","; large numbers are written without separators'],
    ["4 / (2 - 2)", "at character 3: division by zero"],
    ["4 % 0", "at character 3: division by zero"],
    ["sqr(4)", 'at character 1: there is no "sqr"; did you mean "sqrt"?'],
    ["1 + frobnicate", 'at character 5: there is no "frobnicate"'],
    ["1 + sqrt(-1)", 'at character 5: "sqrt" has no real result here'],
    ["sqrt 4", "at character 1: sqrt is a function: write sqrt(…)"],
    ["pow(2)", "at character 1: pow takes 2 arguments, not 1"],
    ["(-8) ^ 0.5", 'at character 6: "^" has no real result here'],
    ["tan(pi / 2)", 'at character 1: "tan" is not defined there'],
    ["ln(0)", 'at character 1: the result of "ln" is too large'],
    ["process.exit(1)", 'at character 8: "." is not understood'],
    ["constructor", 'at character 1: there is no "constructor"'],
  ])("%j is wrong: %s", (expression, message) => {
    expect(() => calculate(expression)).toThrow(message);
  });
});

test.each([
  ["9 ^ 9 ^ 9 ^ 9", "too large"],
  ["9!!!", "takes whole numbers from 0 to 1000"],
  ["1001!", "takes whole numbers from 0 to 1000"],
  ["1e999999999", "too large"],
  ["exp(99999)", "too large"],
  ["sin(1e300)", "takes angles up to"],
  ["round(1, 1e9)", "takes a whole number of places"],
  ["(".repeat(500) + "1" + ")".repeat(499), "more than 50 parts within parts"],
  ["-".repeat(900) + "1", "more than 50 parts within parts"],
  ["1+".repeat(600) + "1", "at most 1000 characters"],
])("%s takes no time, and is refused", (expression, message) => {
  const since = performance.now();
  expect(() => calculate(expression)).toThrow(message);
  expect(performance.now() - since).toBeLessThan(3000);
});

test.each([
  "1000!",
  "2 ^ 30000",
  "pow(1.0000001, 1e15 / 1e10)",
  "exp(sin(1e14) ^ 7) ^ 1.5",
  `max(${Array.from({ length: 100 }, (_, n) => `${n}!`).join(",")})`,
  Array.from({ length: 90 }, () => "sin(0.5)").join("+"),
])("%s takes no time, and has a value", (expression) => {
  const since = performance.now();
  expect(Number(calculate(expression))).not.toBeNaN();
  expect(performance.now() - since).toBeLessThan(3000);
});
