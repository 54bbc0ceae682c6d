/** Parses in the test's own process, and shows a document in a form that is easy to compare. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ParsedDocument } from "../document.ts";
import type { DocumentError } from "../errors.ts";
import { PARSE_LIMITS, type ParseLimits } from "../limits.ts";
import { parseBytes } from "../parse.ts";

export function parse(
  bytes: Buffer | string,
  name = "file",
  limits: Partial<ParseLimits> = {},
): Promise<ParsedDocument> {
  return parseBytes(Buffer.from(bytes), { name }, { ...PARSE_LIMITS, ...limits });
}

/** The error that a file leads to; throws if it leads to a document. */
export async function refusal(...args: Parameters<typeof parse>): Promise<DocumentError> {
  const result = await parse(...args).catch((error: DocumentError) => error);
  if (result instanceof Error) return result;
  throw new Error(`This became a document: ${result.text.slice(0, 200)}`);
}

/** The bytes of a file that another program has made. */
export function fixture(name: string): Buffer {
  return readFileSync(join(import.meta.dirname, "..", "fixtures", name));
}

/** The blocks of a document: each its kind, with the level of a heading, and its text. */
export function blocksOf({ text, blocks }: ParsedDocument): [kind: string, text: string][] {
  return blocks.map(({ kind, level, start, end }) => [
    level === undefined ? kind : `${kind} ${level}`,
    text.slice(start, end),
  ]);
}

/** The headers of a document's tables. */
export function headersOf({ text, blocks }: ParsedDocument): (string | null)[] {
  return blocks
    .filter(({ kind }) => kind === "table")
    .map(({ start, headerEnd }) => (headerEnd === undefined ? null : text.slice(start, headerEnd)));
}
