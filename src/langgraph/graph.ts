/** What is used of LangGraph.js, by its shape: no package of it is loaded here. */

/** A compiled graph, as `StateGraph.compile()` makes it. */
export interface CompiledGraph {
  /** With several stream modes it yields pairs of a mode and what that mode tells. */
  stream(input: unknown, options?: unknown): Promise<AsyncIterable<unknown>>;
  getState(config: unknown): Promise<Snapshot>;
  /** Set when the graph was compiled with one. */
  readonly checkpointer?: unknown;
  /** The channels of its state, by name. */
  readonly channels?: unknown;
}

/** Where a thread of a checkpointer stands. */
export interface Snapshot {
  readonly values: unknown;
  /** The nodes that are still to run; empty when the graph has come to its end. */
  readonly next: readonly string[];
}

/** A message or a chunk of one. */
export interface GraphMessage {
  readonly id?: string | undefined;
  readonly content: unknown;
  readonly tool_calls?: readonly GraphToolCall[] | undefined;
  readonly tool_call_id?: string | undefined;
  readonly name?: string | undefined;
  readonly status?: string | undefined;
  readonly usage_metadata?: GraphUsage | undefined;
  getType(): string;
}

interface GraphToolCall {
  readonly id?: string | undefined;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

interface GraphUsage {
  readonly input_tokens?: number | undefined;
  readonly output_tokens?: number | undefined;
  readonly total_tokens?: number | undefined;
  readonly input_token_details?: { readonly cache_read?: number | undefined } | undefined;
  readonly output_token_details?: { readonly reasoning?: number | undefined } | undefined;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether something is a message of LangChain. */
export function isMessage(value: unknown): value is GraphMessage {
  return isRecord(value) && typeof value["getType"] === "function" && "content" in value;
}
