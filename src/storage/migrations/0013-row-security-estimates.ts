/**
 * The wall of 0010 and 0011, said in a way that PostgreSQL plans well for. It took the old condition to leave one row in
 * two hundred, and then chose to read an index of words once for every document. Of a `case` it knows nothing, and
 * reckons with half of the rows.
 */
import { type Kysely, sql } from "kysely";
import type { Dialect } from "../dialect.ts";
import type { Schema } from "../schema.ts";

const TABLES = [
  "api_keys",
  "conversations",
  "documents",
  "idempotency_keys",
  "manual_tool_calls",
  "message_summaries",
  "messages",
  "profiles",
  "retrievers",
  "runs",
  "templates",
  "tickets",
  "tool_calls",
] as const;

export async function rowSecurityEstimates(db: Kysely<Schema>, { engine }: Dialect): Promise<void> {
  if (engine !== "postgres") return;
  for (const name of TABLES) {
    await sql`alter policy of_one_owner on ${sql.table(name)} using (
      case coalesce(current_setting('chatter.owner', true), '') when '' then true when owner_id then true else false end
    )`.execute(db);
  }
}
