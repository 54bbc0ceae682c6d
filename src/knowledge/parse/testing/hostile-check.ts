/** What must hold whatever file is read: memory and the event loop within limits, a clear end, and the next file is read. */
import { childrenOf, LONGEST_BLOCK, observe } from "../../../processes/testing/watch.ts";
import { DocumentError } from "../errors.ts";
import { ParserPool } from "../pool.ts";
import type { HostileFile } from "./hostile-file.ts";

const PROGRAM = "parse/child.ts";

/** What the pool allows by default, and what may be taken between two looks at it. */
const CHILD_PEAK = (640 + 128) * 1024 * 1024;

/** The largest document has 40 MB of text; the pieces that it comes in are collected sooner or later. */
const OWN_GROWTH = 256 * 1024 * 1024;

/** Time is bounded elsewhere: here a machine that is busy shall not decide what becomes of a file. */
export const DEADLINE = 240_000;

const never = new AbortController().signal;

/** A pool for hostile files. */
export function openPool(): ParserPool {
  return new ParserPool({ deadlineMs: DEADLINE });
}

/** What became of a file, in a line. */
function outcomeOf(result: unknown): string {
  if (result instanceof DocumentError) return `${result.reason}: ${result.message}`;
  return result instanceof Error ? `defect: ${result.stack}` : "document";
}

/** What may become of it. An error says what to do in a sentence of its own. */
function expected({ document, reasons = [] }: HostileFile): RegExp {
  const errors = `(?:${reasons.join("|")}): .*[.:] \\S.*\\.`;
  return new RegExp(`^(?:${document ? "document" : errors})$`);
}

/** Has a file read, and says what of all that must hold does not. */
export async function problemsWith(pool: ParserPool, file: HostileFile): Promise<string[]> {
  const bytes = Buffer.from(file.make());
  const name = file.name.replace(/:.*/, "");
  let result: unknown;
  const { childPeak, ownGrowth, longestBlock } = await observe(async () => {
    result = await pool.chunkDocument({ name, bytes }, never).catch((error: unknown) => error);
  }, PROGRAM);
  const text = result instanceof Error ? "" : (result as { text: string }).text;
  // Whatever it did: the next one is read.
  const next = { name: "next.txt", bytes: Buffer.from("Some words.") };
  const { text: after } = await pool.chunkDocument(next, never);
  const must: readonly (readonly [holds: boolean, otherwise: string])[] = [
    [expected(file).test(outcomeOf(result)), `it came to this: ${outcomeOf(result)}`],
    [(file.document ?? /^$/).test(text), `its text is ${text.slice(0, 200)}`],
    [!text.includes("root:"), "it has read a file of the machine"],
    [childPeak < CHILD_PEAK, `the child had ${childPeak} bytes`],
    [ownGrowth < OWN_GROWTH, `the server grew by ${ownGrowth} bytes`],
    [longestBlock < LONGEST_BLOCK, `the event loop was held for ${longestBlock} ms`],
    [after === "Some words.", `the next one was read as ${after}`],
  ];
  return must.flatMap(([holds, otherwise]) => (holds ? [] : [otherwise]));
}

/** Closes a pool; returns what is left over of it. */
export async function closed(pool: ParserPool): Promise<number[]> {
  await pool.close();
  return childrenOf(process.pid, PROGRAM);
}
