/**
 * The parts of a chat-completion chunk that are read. Nothing checks a chunk against this: servers leave out and
 * add what they like, so every field may be missing, null or of another kind, and the reader copes.
 */
import type { ToolCallFragment } from "../answer/tool-calls.ts";

export interface Chunk {
  readonly model?: unknown;
  readonly object?: unknown;
  readonly choices?: readonly Choice[] | null;
  readonly usage?: UsageFigures | null;
  /** Groq's place for usage. */
  readonly x_groq?: { readonly usage?: UsageFigures | null } | null;
  readonly error?: unknown;
}

interface Choice {
  readonly delta?: ChunkDelta | null;
  /** Instead of `delta` in an answer that is not streamed. */
  readonly message?: ChunkDelta | null;
  readonly finish_reason?: string | null;
  /** Moonshot's place for usage. */
  readonly usage?: UsageFigures | null;
}

export interface ChunkDelta {
  readonly content?: unknown;
  readonly reasoning_content?: unknown;
  readonly reasoning?: unknown;
  readonly refusal?: unknown;
  readonly tool_calls?: readonly ToolCallFragment[] | null;
}

export interface UsageFigures {
  readonly prompt_tokens?: unknown;
  readonly completion_tokens?: unknown;
  readonly total_tokens?: unknown;
  readonly prompt_tokens_details?: {
    readonly cached_tokens?: unknown;
    /** Billed above the ordinary rate since GPT-5.6. */
    readonly cache_write_tokens?: unknown;
  } | null;
  readonly completion_tokens_details?: { readonly reasoning_tokens?: unknown } | null;
  /** DeepSeek's place for cached tokens. */
  readonly prompt_cache_hit_tokens?: unknown;
}
