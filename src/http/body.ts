/** Request bodies: JSON, read from the socket under a limit. */
import type { IncomingMessage } from "node:http";
import { invalid, WorkflowError, WorkflowValidationError } from "../workflow/errors.ts";

/** Room for the longest message (200,000 characters) in the most wasteful of encodings. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** A body over the limit is read on and dropped up to here: a client that is cut off while it sends never sees why. */
const MAX_DROPPED_BYTES = 8 * MAX_BODY_BYTES;

/** How many objects and arrays may stand in each other: more than anybody needs, and less than any stack. */
const MAX_DEPTH = 100;

function tooLarge(): WorkflowError {
  return new WorkflowError(
    "PAYLOAD_TOO_LARGE",
    `The body may have at most ${MAX_BODY_BYTES} bytes.`,
  );
}

function notJson(detail: string): WorkflowValidationError {
  return new WorkflowValidationError(`The body is not valid JSON: ${detail}`, [
    { path: "body", message: "must be a JSON document in UTF-8" },
  ]);
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeper(inner, depth - 1));
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw notJson(error instanceof Error ? error.message : String(error));
  }
}

/** The pieces of a body; a client that leaves in the middle of it is no fault of the server. */
async function* piecesOf(incoming: IncomingMessage): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* incoming as AsyncIterable<Buffer>;
  } catch (cause) {
    const error = new WorkflowError("UNAVAILABLE", "The request was cut off.");
    error.cause = cause;
    throw error;
  }
}

async function readBytes(incoming: IncomingMessage): Promise<Buffer> {
  if (Number(incoming.headers["content-length"] ?? 0) > MAX_DROPPED_BYTES) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of piecesOf(incoming)) {
    size += chunk.length;
    if (size > MAX_DROPPED_BYTES) break;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (size > MAX_BODY_BYTES) throw tooLarge();
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

/**
 * Reads a JSON body; no body at all is an empty object. Throws `UNSUPPORTED_MEDIA_TYPE` for another content type
 * (which also keeps simple cross-site forms out), `PAYLOAD_TOO_LARGE`, `UNAVAILABLE` when the client leaves before its end, or
 * a `WorkflowValidationError` for what is no JSON or is nested too deep.
 */
export async function readJson(incoming: IncomingMessage): Promise<unknown> {
  const { "content-length": length, "transfer-encoding": encoding } = incoming.headers;
  if (encoding === undefined && Number(length ?? 0) === 0) return {};
  const type = incoming.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw new WorkflowError(
      "UNSUPPORTED_MEDIA_TYPE",
      "Send the body as JSON, with the header Content-Type: application/json.",
    );
  }
  const value = parseJson(await readBytes(incoming));
  if (isDeeper(value, MAX_DEPTH)) {
    throw invalid("body", `must have at most ${MAX_DEPTH} objects and arrays in each other`);
  }
  return value;
}
