/** Runs: their events, their tool turns, and who runs them. */

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

interface IdempotencyKeyTable {
  owner_id: string;
  key: string;
  request_hash: string;
  run_id: string;
  created_at: number;
}

/** A process that runs runs; its lease proves that it lives. */
interface InstanceTable {
  id: string;
  expires_at: number;
}

export interface RunTables {
  runs: RunTable;
  run_events: RunEventTable;
  run_turns: RunTurnTable;
  run_tool_results: RunToolResultTable;
  idempotency_keys: IdempotencyKeyTable;
  instances: InstanceTable;
}
