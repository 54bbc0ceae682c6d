/** Why a file did not become a document. */
import type { ErrorCode } from "../../contract/problems.ts";
import { WorkflowError } from "../../workflow/errors.ts";

/** What programs may tell apart; with the code that a client sees when the file itself is the request. */
const CODES = {
  /** Of a type that is not read here. */
  unsupported: "UNSUPPORTED_MEDIA_TYPE",
  /** Protected by a password, or by rights management. */
  encrypted: "UNSUPPORTED_MEDIA_TYPE",
  /** Cut off, or not what its format says. */
  damaged: "WORKFLOW_VALIDATION_ERROR",
  /** Without any text: an empty file, or pages that are pictures. */
  empty: "WORKFLOW_VALIDATION_ERROR",
  /** Beyond a bound: bytes, text, pages, entries, nesting. */
  limit: "PAYLOAD_TOO_LARGE",
  /** Parsing took more memory than it may. */
  memory: "PAYLOAD_TOO_LARGE",
  /** Parsing took more time than it may. */
  timeout: "PAYLOAD_TOO_LARGE",
  /** The process that parsed it ended by itself. */
  crash: "INTERNAL_ERROR",
} as const satisfies Record<string, ErrorCode>;

export type DocumentErrorReason = keyof typeof CODES;

/** Whether a word is one of the reasons: they come from another process. */
export function isReason(value: unknown): value is DocumentErrorReason {
  return typeof value === "string" && Object.hasOwn(CODES, value);
}

/** A file could not be made a document. Its message is for the person who has the file, and says what to do. */
export class DocumentError extends WorkflowError {
  readonly reason: DocumentErrorReason;

  constructor(reason: DocumentErrorReason, message: string, options: { cause?: unknown } = {}) {
    super(CODES[reason], message, options);
    this.reason = reason;
  }
}
