/** The port of a model provider: something that answers a list of messages with a stream of deltas. */
import type { ToolCall, Usage } from "../../contract/messages.ts";
import type { ModelRef } from "../../contract/profiles.ts";
import type { ModelInfo } from "../../contract/providers.ts";

/** One message as a model sees it. A `tool` message answers the call with the same id. */
export type ModelMessage =
  | { readonly role: "system" | "user"; readonly content: string }
  | {
      readonly role: "assistant";
      readonly content: string;
      readonly tool_calls?: readonly ToolCall[];
    }
  | { readonly role: "tool"; readonly content: string; readonly tool_call_id: string };

/** A tool as a model sees it. */
export interface ToolDescription {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments, an object. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** One call of a model. */
export interface ModelRequest {
  readonly model: string;
  /** Begins with the system message where there is one. */
  readonly messages: readonly ModelMessage[];
  /** Empty: the model must answer in text. */
  readonly tools: readonly ToolDescription[];
  /** 0 to 2; null leaves it to the model. */
  readonly temperature: number | null;
  /** Null leaves it to the model. */
  readonly max_tokens: number | null;
}

/** What one model call reported of itself; null where it reported nothing. */
export type CallUsage = Omit<Usage, "model_calls" | "tool_calls">;

/**
 * One step of an answer. `tool_call` is complete, and comes after all text. `usage` comes at most once.
 * `finish` comes exactly once, last: a stream that ends without it was cut off.
 */
export type ModelDelta =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "reasoning"; readonly text: string }
  | { readonly type: "tool_call"; readonly call: ToolCall }
  | { readonly type: "usage"; readonly usage: CallUsage }
  | {
      readonly type: "finish";
      readonly reason: "stop" | "length" | "tool_calls" | "content_filter";
      /** The model that really answered, where the provider says so. */
      readonly model: string | null;
      /** Who answered, where it was not the one that was asked first. */
      readonly answeredBy?: ModelRef;
    };

export interface Provider {
  /** The name by which requests and configuration call it. */
  readonly name: string;
  /** The protocol it speaks: `openai`, `anthropic`, `ai-sdk`, `offline`. */
  readonly kind: string;
  /** Answers where nobody names a model. */
  readonly defaultModel: string;

  /**
   * Answers one request. Nothing happens before the first `next()`.
   *
   * Throws a `ProviderError` when the provider cannot be reached, refuses, goes silent for longer than its
   * time limits, or ends without `finish`; it never turns an error into text. It may try again by itself,
   * but only before the first delta. When `signal` aborts it closes the connection at once and throws the
   * signal's reason. Leaving the iteration early cleans up as well.
   */
  stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelDelta, void, undefined>;

  /**
   * The models it offers. Throws a `ProviderError` when it cannot be reached; returns within a few seconds.
   */
  models(signal: AbortSignal): Promise<ModelInfo["id"][]>;

  /** Closes idle connections; called once, when the server stops. */
  close(): Promise<void>;
}
