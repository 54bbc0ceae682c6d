/** Request bodies: JSON, read from the socket under a limit. */
import type { IncomingMessage } from "node:http";
import { WorkflowError, WorkflowValidationError } from "../workflow/errors.ts";

/** Room for the longest message (200,000 characters) in the most wasteful of encodings. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** A body over the limit is read on and dropped up to here: a client that is cut off while it sends never sees why. */
const MAX_DROPPED_BYTES = 8 * MAX_BODY_BYTES;

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

async function readBytes(incoming: IncomingMessage): Promise<Buffer> {
  if (Number(incoming.headers["content-length"] ?? 0) > MAX_DROPPED_BYTES) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_DROPPED_BYTES) break;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (size > MAX_BODY_BYTES) throw tooLarge();
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

/**
 * Reads a JSON body; no body at all is an empty object. Throws `UNSUPPORTED_MEDIA_TYPE` for another content type (which also keeps simple
 * cross-site forms out), `PAYLOAD_TOO_LARGE`, or a `WorkflowValidationError` for what is no JSON.
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
  const bytes = await readBytes(incoming);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw notJson(error instanceof Error ? error.message : String(error));
  }
}
