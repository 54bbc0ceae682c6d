/** Tickets, and what a conversation knows of having been handed over to a person. */
import type { Kysely } from "kysely";
import type { Dialect } from "../dialect.ts";
import type { Schema } from "../schema.ts";

async function createTickets(db: Kysely<Schema>, { id }: Dialect): Promise<void> {
  await db.schema
    .createTable("tickets")
    .addColumn("id", id, (column) => column.primaryKey())
    .addColumn("owner_id", "text", (column) => column.notNull())
    .addColumn("title", "text", (column) => column.notNull())
    .addColumn("description", "text", (column) => column.notNull())
    .addColumn("status", "text", (column) => column.notNull())
    .addColumn("priority", "text", (column) => column.notNull())
    // A ticket outlives the conversation that it was opened in.
    .addColumn("conversation_id", id, (column) =>
      column.references("conversations.id").onDelete("set null"),
    )
    .addColumn("run_id", "text")
    .addColumn("tool_call_id", "text", (column) => column.notNull())
    .addColumn("content_hash", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("updated_at", "bigint", (column) => column.notNull())
    // Whoever makes the same call again, after a crash, opens no second ticket.
    .addUniqueConstraint("tickets_by_call", ["owner_id", "run_id", "tool_call_id", "content_hash"])
    .execute();
  await db.schema
    .createIndex("tickets_by_owner")
    .on("tickets")
    .columns(["owner_id", "id"])
    .execute();
  await db.schema
    .createIndex("tickets_by_conversation")
    .on("tickets")
    .column("conversation_id")
    .execute();
}

export async function tickets(db: Kysely<Schema>, dialect: Dialect): Promise<void> {
  await createTickets(db, dialect);
  const columns = [
    ["escalation_reason", "text"],
    ["escalated_at", "bigint"],
    ["escalation_resolved_at", "bigint"],
  ] as const;
  for (const [name, type] of columns) {
    await db.schema.alterTable("conversations").addColumn(name, type).execute();
  }
}
