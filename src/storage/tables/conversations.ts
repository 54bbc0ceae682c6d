/** Conversations with their messages, and what was said in short. */

interface ConversationTable {
  id: string;
  owner_id: string;
  title: string;
  system_prompt: string | null;
  provider: string | null;
  model: string | null;
  profile_id: string | null;
  workflow: string | null;
  workflow_template: string | null;
  workflow_config: string;
  metadata: string;
  parent_conversation_id: string | null;
  branch_id: string | null;
  /** Counts every change of a message, and numbers the messages. */
  last_seq: number;
  message_count: number;
  escalation_reason: string | null;
  escalated_at: number | null;
  escalation_resolved_at: number | null;
  created_at: number;
  updated_at: number;
}

export interface MessageTable {
  id: string;
  owner_id: string;
  conversation_id: string;
  /** The order in which messages took their place: the greatest is always a leaf. */
  seq: number;
  parent_id: string | null;
  branch_id: string;
  run_id: string | null;
  role: string;
  content: string;
  reasoning: string | null;
  tool_calls: string | null;
  tool_call_id: string | null;
  citations: string | null;
  status: string;
  provider: string | null;
  model: string | null;
  usage: string | null;
  response_time_ms: number | null;
  metadata: string;
  rating: string | null;
  comment: string | null;
  created_at: number;
  /** 1: text that others wrote was before the model that wrote it; null: not known. */
  untrusted: number | null;
}

/** What was said up to a message, that one included, in short. */
interface MessageSummaryTable {
  message_id: string;
  owner_id: string;
  summary: string;
  created_at: number;
  untrusted: number;
}

export interface ConversationTables {
  conversations: ConversationTable;
  messages: MessageTable;
  message_summaries: MessageSummaryTable;
}
