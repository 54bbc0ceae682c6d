/** An index of what is under way in a conversation, so that this costs the same however long the conversation is. */
import { type Kysely, sql } from "kysely";
import type { Schema } from "../schema.ts";

export async function runsUnderWay(db: Kysely<Schema>): Promise<void> {
  await sql`create index runs_of_conversation_under_way on runs (conversation_id, status)
    where status in ('queued', 'running', 'waiting')`.execute(db);
}
