/** What a workflow works on. */
import type { Citation } from "../contract/messages.ts";
import type { ModelMessage } from "./ports/model.ts";
import type { ToolAnswer } from "./ports/tools.ts";

/** What was retrieved for this run. */
interface RetrievalContext {
  readonly query: string;
  /** What the model reads: numbered, delimited, marked as untrusted. */
  readonly text: string;
  readonly citations: readonly Citation[];
}

/** What is known of the conversation's past. */
interface MemoryContext {
  /** How many messages the plan wanted to see. */
  readonly window: number;
  /** How many there were. */
  readonly messages: number;
  /** The last message that the summary covers; null without a summary. */
  readonly summarised_until: string | null;
}

/** The twelve fields of a conversation's state, as a run, its middleware and its steps see them. */
export interface ConversationState {
  /** The window of history, oldest first; then what this run adds. */
  readonly messages: readonly ModelMessage[];
  readonly user_id: string;
  readonly conversation_id: string;
  readonly retrieval_context: RetrievalContext | null;
  /** The calls of this run, each with its one answer. */
  readonly tool_calls: readonly ToolAnswer[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly conversation_summary: string | null;
  readonly parent_conversation_id: string | null;
  readonly branch_id: string | null;
  /** Null until the memory step has run. */
  readonly memory_context: MemoryContext | null;
  readonly workflow_template: string | null;
  readonly a_b_test_group: string | null;
}
