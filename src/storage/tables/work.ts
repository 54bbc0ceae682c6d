/** Work beside runs: jobs of the server, tickets for people; and what is counted to be limited. */

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

/** How much of a key's present window is used up. */
interface LimitTable {
  key: string;
  points: number;
  expires_at: number;
}

export interface WorkTables {
  jobs: JobTable;
  tickets: TicketTable;
  limits: LimitTable;
}
