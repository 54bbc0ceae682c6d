/** The first schema: conversations, messages, runs and their events, keys, instances. */
import { type Kysely, sql } from "kysely";
import type { Dialect } from "../dialect.ts";
import type { Schema } from "../schema.ts";

async function createConversations(db: Kysely<Schema>, { id }: Dialect): Promise<void> {
  await db.schema
    .createTable("conversations")
    .addColumn("id", id, (column) => column.primaryKey())
    .addColumn("owner_id", "text", (column) => column.notNull())
    .addColumn("title", "text", (column) => column.notNull())
    .addColumn("system_prompt", "text")
    .addColumn("provider", "text")
    .addColumn("model", "text")
    .addColumn("profile_id", "text")
    .addColumn("workflow", "text")
    .addColumn("workflow_template", "text")
    .addColumn("metadata", "text", (column) => column.notNull())
    .addColumn("parent_conversation_id", id)
    .addColumn("branch_id", id)
    .addColumn("last_seq", "integer", (column) => column.notNull())
    .addColumn("message_count", "integer", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("updated_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("conversations_by_change")
    .on("conversations")
    .columns(["owner_id", "updated_at", "id"])
    .execute();
}

async function createMessages(db: Kysely<Schema>, { id }: Dialect): Promise<void> {
  await db.schema
    .createTable("messages")
    .addColumn("id", id, (column) => column.primaryKey())
    .addColumn("owner_id", "text", (column) => column.notNull())
    .addColumn("conversation_id", id, (column) =>
      column.notNull().references("conversations.id").onDelete("cascade"),
    )
    .addColumn("seq", "integer", (column) => column.notNull())
    .addColumn("parent_id", id)
    .addColumn("branch_id", id, (column) => column.notNull())
    .addColumn("run_id", id)
    .addColumn("role", "text", (column) => column.notNull())
    .addColumn("content", "text", (column) => column.notNull())
    .addColumn("reasoning", "text")
    .addColumn("tool_calls", "text")
    .addColumn("tool_call_id", "text")
    .addColumn("citations", "text")
    .addColumn("status", "text", (column) => column.notNull())
    .addColumn("provider", "text")
    .addColumn("model", "text")
    .addColumn("usage", "text")
    .addColumn("response_time_ms", "integer")
    .addColumn("metadata", "text", (column) => column.notNull())
    .addColumn("rating", "text")
    .addColumn("comment", "text")
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("messages_in_order")
    .unique()
    .on("messages")
    .columns(["conversation_id", "seq"])
    .execute();
  await db.schema.createIndex("messages_by_parent").on("messages").column("parent_id").execute();
  await db.schema
    .createIndex("messages_by_branch")
    .on("messages")
    .columns(["conversation_id", "branch_id", "seq"])
    .execute();
}

async function createRuns(db: Kysely<Schema>, { id }: Dialect): Promise<void> {
  await db.schema
    .createTable("runs")
    .addColumn("id", id, (column) => column.primaryKey())
    .addColumn("owner_id", "text", (column) => column.notNull())
    .addColumn("conversation_id", id, (column) =>
      column.notNull().references("conversations.id").onDelete("cascade"),
    )
    .addColumn("user_message_id", id, (column) => column.notNull())
    .addColumn("message_id", id)
    .addColumn("branch_id", id, (column) => column.notNull())
    .addColumn("regenerates", "integer", (column) => column.notNull())
    .addColumn("status", "text", (column) => column.notNull())
    .addColumn("attempt", "integer", (column) => column.notNull())
    .addColumn("crashes", "integer", (column) => column.notNull())
    .addColumn("instance_id", "text")
    .addColumn("stop", "text")
    .addColumn("plan", "text", (column) => column.notNull())
    .addColumn("usage", "text")
    .addColumn("error", "text")
    .addColumn("last_seq", "integer", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("started_at", "bigint")
    .addColumn("finished_at", "bigint")
    .execute();
  await db.schema.createIndex("runs_by_owner").on("runs").columns(["owner_id", "id"]).execute();
  await db.schema
    .createIndex("runs_by_conversation")
    .on("runs")
    .columns(["conversation_id", "id"])
    .execute();
  // The rule that at most one run of a branch is under way is kept by the database itself.
  await sql`create unique index runs_one_at_a_time on runs (conversation_id, branch_id)
    where status in ('running', 'waiting')`.execute(db);
  await sql`create index runs_under_way on runs (status, id)
    where status in ('queued', 'running', 'waiting')`.execute(db);
  await db.schema.createIndex("runs_by_end").on("runs").column("finished_at").execute();
  await db.schema
    .createTable("run_events")
    .addColumn("run_id", id, (column) => column.notNull().references("runs.id").onDelete("cascade"))
    .addColumn("attempt", "integer", (column) => column.notNull())
    .addColumn("first_seq", "integer", (column) => column.notNull())
    .addColumn("last_seq", "integer", (column) => column.notNull())
    .addColumn("lines", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("run_events_pk", ["run_id", "attempt", "first_seq"])
    .execute();
}

async function createAccess(db: Kysely<Schema>, { id }: Dialect): Promise<void> {
  await db.schema
    .createTable("idempotency_keys")
    .addColumn("owner_id", "text", (column) => column.notNull())
    .addColumn("key", "text", (column) => column.notNull())
    .addColumn("request_hash", "text", (column) => column.notNull())
    .addColumn("run_id", id, (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("idempotency_keys_pk", ["owner_id", "key"])
    .execute();
  await db.schema
    .createTable("api_keys")
    .addColumn("id", id, (column) => column.primaryKey())
    .addColumn("owner_id", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("hash", "text", (column) => column.notNull().unique())
    .addColumn("prefix", "text", (column) => column.notNull())
    .addColumn("scopes", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint")
    .addColumn("last_used_at", "bigint")
    .addColumn("revoked_at", "bigint")
    .execute();
  await db.schema
    .createTable("instances")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .execute();
}

export async function foundation(db: Kysely<Schema>, dialect: Dialect): Promise<void> {
  await createConversations(db, dialect);
  await createMessages(db, dialect);
  await createRuns(db, dialect);
  await createAccess(db, dialect);
}
