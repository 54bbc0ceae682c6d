import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DocumentError } from "./errors.ts";
import { ParserPool } from "./pool.ts";
import { ARCHIVES } from "./testing/hostile-archives.ts";
import type { HostileFile } from "./testing/hostile-file.ts";
import { MAILS } from "./testing/hostile-mails.ts";
import { PDFS } from "./testing/hostile-pdfs.ts";
import { TEXTS } from "./testing/hostile-texts.ts";
import { LONGEST_BLOCK, observe, childrenOf } from "../../processes/testing/watch.ts";

const PROGRAM = "parse/child.ts";

/** What the pool allows by default, and what may be taken between two looks at it. */
const CHILD_PEAK = (640 + 128) * 1024 * 1024;

/** The largest document has 40 MB of text; the pieces that it comes in are collected sooner or later. */
const OWN_GROWTH = 256 * 1024 * 1024;

/** Time is bounded elsewhere: here a machine that is busy shall not decide what becomes of a file. */
const DEADLINE = 240_000;

const never = new AbortController().signal;
let pool: ParserPool;

beforeAll(() => {
  pool = new ParserPool({ deadlineMs: DEADLINE });
});

afterAll(() => pool.close());

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

async function check(file: HostileFile): Promise<void> {
  const bytes = Buffer.from(file.make());
  const name = file.name.replace(/:.*/, "");
  let result: unknown;
  const { childPeak, ownGrowth, longestBlock } = await observe(async () => {
    result = await pool.chunkDocument({ name, bytes }, never).catch((error: unknown) => error);
  }, PROGRAM);
  expect(outcomeOf(result)).toMatch(expected(file));
  const text = result instanceof Error ? "" : (result as { text: string }).text;
  expect(text).toMatch(file.document ?? /^$/);
  expect(text).not.toContain("root:");
  expect(childPeak).toBeLessThan(CHILD_PEAK);
  expect(ownGrowth).toBeLessThan(OWN_GROWTH);
  expect(longestBlock).toBeLessThan(LONGEST_BLOCK);
  // Whatever it did: the next one is read.
  const next = { name: "next.txt", bytes: Buffer.from("Some words.") };
  expect((await pool.chunkDocument(next, never)).text).toBe("Some words.");
}

describe(
  "a file that is hostile is a document or an error, and harms nobody",
  { timeout: 2 * DEADLINE },
  () => {
    test.each(ARCHIVES)("$name", check);
    test.each(PDFS)("$name", check);
    test.each(TEXTS)("$name", check);
    test.each(MAILS)("$name", check);

    test("and no child is left over", async () => {
      await pool.close();
      expect(childrenOf(process.pid, PROGRAM)).toEqual([]);
    });
  },
);
