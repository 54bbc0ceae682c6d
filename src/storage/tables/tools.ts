/** Calls of tools, and the servers that offer some. */

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

export interface ToolTables {
  tool_calls: ToolCallTable;
  manual_tool_calls: ManualCallTable;
  tool_servers: ToolServerTable;
  tool_lists: ToolListTable;
}
