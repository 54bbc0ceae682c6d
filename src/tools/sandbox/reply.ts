/** What the process of a program says. A program that has broken out of its machine may say anything: it is checked. */
import { z } from "zod";
import type { CodeError, CodeOutcome } from "./runner.ts";

/** A line is no longer than this, in UTF-16 units: the output, the result twice, an error, and what JSON adds. */
export const MAX_LINE = 1_000_000;

/** A text that a program has written: not endless, and without what not every store keeps. */
const Text = z
  .string()
  .max(50_000)
  .transform((text) => text.replaceAll("\0", "\uFFFD").toWellFormed());

const Thrown = z.object({ name: Text, message: Text, stack: Text });

const Reply = z.object({
  output: Text,
  outputCut: z.boolean(),
  value: z.object({ text: Text, json: Text.nullable() }).nullable(),
  error: Thrown.nullable(),
  timedOut: z.boolean(),
  durationMs: z.number().nonnegative(),
  memoryBytes: z.number().nonnegative(),
});

/** A place of a stack that is in the program. */
const PLACE = /program\.[jt]s:(\d+)/;

function toError({ name, message, stack }: z.infer<typeof Thrown>): CodeError {
  const line = PLACE.exec(stack)?.[1];
  return { name, message, line: line === undefined ? null : Number(line) };
}

/** The outcome that a reply tells of. Throws an Error for a line that is no reply. */
export function toOutcome(line: string): CodeOutcome {
  const { value, error, ...rest } = Reply.parse(JSON.parse(line));
  const resultText = value?.text ?? "undefined";
  const data = value?.json ? (JSON.parse(value.json) as unknown) : null;
  const isText = value !== null && value.json === null && resultText !== "undefined";
  return {
    ...rest,
    result: isText ? resultText : data,
    resultText,
    error: error && toError(error),
  };
}

/** The outcome of a program whose process ended, or was ended, without a reply. */
export function outcomeOfDeath(
  name: string,
  message: string,
  durationMs: number,
  timedOut: boolean,
): CodeOutcome {
  return {
    output: "",
    outputCut: false,
    result: null,
    resultText: "undefined",
    error: { name, message, line: null },
    durationMs: Math.round(durationMs),
    memoryBytes: 0,
    timedOut,
  };
}
