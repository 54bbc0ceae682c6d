/** The tables, as Kysely sees them. Times are milliseconds since 1970; JSON is text on both engines. */
import type { Generated } from "kysely";

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

export interface RunTable {
  id: string;
  owner_id: string;
  conversation_id: string;
  user_message_id: string;
  message_id: string | null;
  branch_id: string;
  regenerates: number;
  status: string;
  attempt: number;
  crashes: number;
  instance_id: string | null;
  stop: string | null;
  /** Why it goes on after it waited for a person. */
  restart: string | null;
  plan: string;
  usage: string | null;
  error: string | null;
  last_seq: number;
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
}

/** A group of consecutive events of one attempt; `lines` holds one JSON document a line. */
interface RunEventTable {
  run_id: string;
  attempt: number;
  first_seq: number;
  last_seq: number;
  lines: string;
}

interface IdempotencyKeyTable {
  owner_id: string;
  key: string;
  request_hash: string;
  run_id: string;
  created_at: number;
}

export interface ApiKeyTable {
  id: string;
  owner_id: string;
  name: string;
  hash: string;
  prefix: string;
  scopes: string;
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
  revoked_at: number | null;
}

/** A process that runs runs; its lease proves that it lives. */
interface InstanceTable {
  id: string;
  expires_at: number;
}

/** A user's own template; `settings` is all but its name and version. */
export interface TemplateTable {
  owner_id: string;
  name: string;
  settings: string;
  version: number;
}

/** A profile; `settings` is all but its name. */
export interface ProfileTable {
  id: string;
  owner_id: string;
  name: string;
  settings: string;
  version: number;
  created_at: number;
  updated_at: number;
}

/** What was said up to a message, that one included, in short. */
interface MessageSummaryTable {
  message_id: string;
  owner_id: string;
  summary: string;
  created_at: number;
  untrusted: number;
}

/** A turn in which the model of a run asked for tools: it is not asked again after a crash. */
interface RunTurnTable {
  run_id: string;
  turn: number;
  content: string;
  calls: string;
  untrusted: number;
  /** What the run looked up before its model said this; null: nothing. */
  searches: string | null;
}

/** The result of a tool call of a turn: the tool is not run again after a crash. */
interface RunToolResultTable {
  run_id: string;
  turn: number;
  call: number;
  result: string;
}

/** A tool call: whether a person was asked, whether it was begun, how it ended. It stays when its run has ended. */
export interface ToolCallTable {
  run_id: string;
  turn: number;
  call: number;
  /** The attempt in which another turn took the place of this one; 0: none. */
  replaced_in: number;
  owner_id: string;
  conversation_id: string;
  tool_call_id: string;
  name: string;
  effect: string | null;
  state: string;
  /** Of its result. */
  status: string | null;
  arguments: string | null;
  changed_arguments: string | null;
  arguments_hash: string;
  decision: string | null;
  decided_by: string | null;
  reason: string | null;
  requested_at: number;
  /** Null: nobody was asked. */
  expires_at: number | null;
  decided_at: number | null;
  started_at: number | null;
  finished_at: number | null;
}

/** A tool call that a person made by hand, outside of any run. */
export interface ManualCallTable extends Pick<
  ToolCallTable,
  "owner_id" | "tool_call_id" | "name" | "status" | "arguments" | "arguments_hash" | "finished_at"
> {
  effect: string;
  started_at: number;
}

/** How much of a key's present window is used up. */
interface LimitTable {
  key: string;
  points: number;
  expires_at: number;
}

export interface DocumentTable {
  id: string;
  owner_id: string;
  title: string;
  collection: string;
  status: string;
  progress: number;
  error: string | null;
  mime_type: string;
  bytes: number;
  pages: number | null;
  chunks: number;
  metadata: string;
  url: string | null;
  file_name: string | null;
  content_hash: string | null;
  created_at: number;
}

/** A stretch of a document's source. */
interface DocumentPartTable {
  document_id: string;
  owner_id: string;
  part: number;
  bytes: Uint8Array;
  created_at: number;
}

/** A chunk; its words are in `chunk_index`, which each engine has in a form of its own. */
interface ChunkTable {
  /** What the index and the vectors know it by. */
  number: Generated<number>;
  id: string;
  owner_id: string;
  document_id: string;
  ordinal: number;
  text: string;
  heading: string | null;
  page: number | null;
  start_offset: number;
  end_offset: number;
  tokens: number;
}

/** What makes vectors comparable. */
interface EmbeddingSpaceTable {
  number: Generated<number>;
  provider: string;
  model: string;
  dimensions: number;
  version: number;
}

/** `in_force`: where searches look. `wanted`: where documents are brought. */
interface SpaceInUseTable {
  role: "in_force" | "wanted";
  space: number;
}

interface ChunkVectorTable {
  /** The numbers of the embedding space and of the chunk. */
  space: number;
  chunk: number;
  owner_id: string;
  document_id: string;
  /** 32-bit floats, little-endian, of unit length together. */
  vector: Uint8Array;
}

/** A user's own retriever; `settings` is all but its name. */
export interface RetrieverTable {
  owner_id: string;
  name: string;
  settings: string;
  version: number;
}

/** Background work; without an instance it waits for its time. */
interface JobTable {
  id: string;
  kind: string;
  key: string;
  payload: string;
  failures: number;
  instance_id: string | null;
  run_at: number;
}

export interface TicketTable {
  id: string;
  owner_id: string;
  title: string;
  description: string;
  status: string;
  priority: string;
  conversation_id: string | null;
  run_id: string | null;
  tool_call_id: string;
  content_hash: string;
  created_at: number;
  updated_at: number;
}

/** A tool server that came over the API; `settings` is what is no secret, `secrets` is encrypted. */
export interface ToolServerTable {
  name: string;
  settings: string;
  secrets: string | null;
  version: number;
  created_at: number;
  updated_at: number;
}

/** What a tool server offered when it was last asked. */
interface ToolListTable {
  server: string;
  list: string;
  fetched_at: number;
}

export interface Schema {
  conversations: ConversationTable;
  messages: MessageTable;
  runs: RunTable;
  run_events: RunEventTable;
  idempotency_keys: IdempotencyKeyTable;
  api_keys: ApiKeyTable;
  instances: InstanceTable;
  templates: TemplateTable;
  profiles: ProfileTable;
  message_summaries: MessageSummaryTable;
  run_turns: RunTurnTable;
  run_tool_results: RunToolResultTable;
  tool_calls: ToolCallTable;
  manual_tool_calls: ManualCallTable;
  limits: LimitTable;
  documents: DocumentTable;
  document_parts: DocumentPartTable;
  chunks: ChunkTable;
  embedding_spaces: EmbeddingSpaceTable;
  spaces_in_use: SpaceInUseTable;
  chunk_vectors: ChunkVectorTable;
  retrievers: RetrieverTable;
  jobs: JobTable;
  tickets: TicketTable;
  tool_servers: ToolServerTable;
  tool_lists: ToolListTable;
}
