/** What became of a program, as a model reads it and as data. */
import type { CodeError, CodeOutcome } from "../sandbox/runner.ts";

/** An error in a line: its name and message, and where it was thrown. */
export function describeError({ name, message, line }: CodeError): string {
  return `${name}: ${message}${line === null ? "" : ` (line ${line})`}`;
}

/** The outcome in words, the most important first. */
export function describeOutcome(outcome: CodeOutcome): string {
  const { error, output, outputCut, resultText, durationMs, memoryBytes } = outcome;
  const end = error
    ? `The program failed. ${describeError(error)}`
    : `The program ended. Its result: ${resultText}`;
  const cut = outputCut ? `\n[Cut: the first ${output.length} characters are shown.]` : "";
  const written = output === "" ? "It wrote nothing." : `It wrote:\n${output}${cut}`;
  const megabytes = (memoryBytes / 1_000_000).toFixed(1);
  return `${end}\n${written}\nIt took ${durationMs} ms and ${megabytes} MB of memory.`;
}

/** The outcome as data, in the names of the contract. */
export function dataOf(outcome: CodeOutcome): Record<string, unknown> {
  const { error } = outcome;
  return {
    ok: error === null,
    output: outcome.output,
    output_cut: outcome.outputCut,
    result: outcome.result,
    error,
    duration_ms: outcome.durationMs,
    memory_bytes: outcome.memoryBytes,
    timed_out: outcome.timedOut,
  };
}
