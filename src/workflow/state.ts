/** What a workflow works on. */
import type { Citation, ToolCall, ToolResultStatus } from "../contract/messages.ts";
import type { ModelMessage } from "./ports/model.ts";

/** A call that was made in this run, with its one answer. */
export interface AnsweredToolCall extends ToolCall {
  readonly status: ToolResultStatus;
  readonly content: string;
}

/** What was retrieved for this run. */
export interface RetrievalContext {
  readonly query: string;
  /** What the model reads: numbered, delimited, marked as untrusted. */
  readonly text: string;
  readonly citations: readonly Citation[];
}

/** The twelve fields of a conversation's state, as a run, its middleware and its steps see them. */
export interface ConversationState {
  /** The window of history, oldest first; then what this run adds. */
  readonly messages: readonly ModelMessage[];
  readonly user_id: string;
  readonly conversation_id: string;
  readonly retrieval_context: RetrievalContext | null;
  readonly tool_calls: readonly AnsweredToolCall[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly conversation_summary: string | null;
  readonly parent_conversation_id: string | null;
  readonly branch_id: string | null;
  readonly memory_context: Readonly<Record<string, unknown>>;
  readonly workflow_template: string | null;
  readonly a_b_test_group: string | null;
}
