/**
 * The parts of the Messages API's stream that are read. Nothing checks an event against this: every field may be
 * missing, null or of another kind, and the reader copes.
 */

export interface StreamEvent {
  readonly type?: unknown;
  readonly index?: unknown;
  /** Of `message_start`. */
  readonly message?: Partial<WholeMessage> | null;
  /** Of `content_block_start`. */
  readonly content_block?: ContentBlock | null;
  /** Of `content_block_delta` and `message_delta`. */
  readonly delta?: (BlockDelta & { readonly stop_reason?: unknown }) | null;
  /** Of `message_delta`: cumulative. */
  readonly usage?: UsageFigures | null;
  readonly error?: unknown;
}

/** An answer that was not streamed. */
export interface WholeMessage {
  readonly type: unknown;
  readonly model: unknown;
  readonly content: readonly (ContentBlock | null)[];
  readonly stop_reason: unknown;
  readonly usage: UsageFigures | null;
}

export interface ContentBlock {
  readonly type?: unknown;
  readonly text?: unknown;
  readonly thinking?: unknown;
  readonly signature?: unknown;
  /** Of `redacted_thinking`: thinking that only the server can read. */
  readonly data?: unknown;
  readonly id?: unknown;
  readonly name?: unknown;
  readonly input?: unknown;
}

export interface BlockDelta {
  readonly type?: unknown;
  readonly text?: unknown;
  readonly thinking?: unknown;
  readonly signature?: unknown;
  readonly partial_json?: unknown;
}

export interface UsageFigures {
  /** Without what was read from the cache or written to it. */
  readonly input_tokens?: unknown;
  readonly cache_read_input_tokens?: unknown;
  readonly cache_creation_input_tokens?: unknown;
  readonly output_tokens?: unknown;
  readonly output_tokens_details?: { readonly thinking_tokens?: unknown } | null;
}
