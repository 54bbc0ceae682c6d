/** A second wall around what belongs to somebody, on PostgreSQL: rows of others are not there for a statement of one owner. */
import { type Kysely, sql } from "kysely";
import type { Dialect } from "../dialect.ts";
import type { Schema } from "../schema.ts";

/** Not the chunks and vectors: an index of words or neighbours cannot be used behind such a wall. */
const TABLES = [
  "api_keys",
  "conversations",
  "documents",
  "idempotency_keys",
  "message_summaries",
  "messages",
  "profiles",
  "retrievers",
  "runs",
  "templates",
  "tickets",
  "tool_calls",
] as const;

/** `chatter.owner` is set for each statement (see `postgres/row-security.ts`); without it there is no wall. */
export async function rowSecurity(db: Kysely<Schema>, { engine }: Dialect): Promise<void> {
  if (engine !== "postgres") return;
  for (const name of TABLES) {
    const table = sql.table(name);
    await sql`alter table ${table} enable row level security, force row level security`.execute(db);
    await sql`create policy of_one_owner on ${table}
      using (coalesce(current_setting('chatter.owner', true), '') in ('', owner_id))`.execute(db);
  }
}
