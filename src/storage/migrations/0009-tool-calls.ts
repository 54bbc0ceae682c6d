/** A record of each tool call, and what a run must know to wait for a person. */
import { type Kysely, sql } from "kysely";
import type { Dialect } from "../dialect.ts";
import type { Schema } from "../schema.ts";

async function createToolCalls(db: Kysely<Schema>, { id }: Dialect): Promise<void> {
  await db.schema
    .createTable("tool_calls")
    .addColumn("run_id", id, (column) => column.notNull().references("runs.id").onDelete("cascade"))
    .addColumn("turn", "integer", (column) => column.notNull())
    .addColumn("call", "integer", (column) => column.notNull())
    .addColumn("replaced_in", "integer", (column) => column.notNull())
    .addColumn("owner_id", "text", (column) => column.notNull())
    .addColumn("conversation_id", id, (column) => column.notNull())
    .addColumn("tool_call_id", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("effect", "text")
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("status", "text")
    .addColumn("arguments", "text")
    .addColumn("changed_arguments", "text")
    .addColumn("arguments_hash", "text", (column) => column.notNull())
    .addColumn("decision", "text")
    .addColumn("decided_by", "text")
    .addColumn("reason", "text")
    .addColumn("requested_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint")
    .addColumn("decided_at", "bigint")
    .addColumn("started_at", "bigint")
    .addColumn("finished_at", "bigint")
    .addPrimaryKeyConstraint("tool_calls_pk", ["run_id", "turn", "call", "replaced_in"])
    .execute();
  await sql`create index tool_calls_open on tool_calls (expires_at) where state = 'asked'`.execute(
    db,
  );
  await sql`create index tool_calls_with_arguments on tool_calls (requested_at)
    where arguments is not null`.execute(db);
}

/** Runs that were planned before: nobody was asked then, and what their tools say holds. */
async function completePlans(db: Kysely<Schema>, { engine }: Dialect): Promise<void> {
  const change =
    engine === "postgres"
      ? sql`update runs set plan = jsonb_set(jsonb_set(plan::jsonb, '{tools,approval}', '{}'),
            '{tools,approval_rule}', '"policy"')::text
          where jsonb_typeof(plan::jsonb -> 'tools') = 'object'`
      : sql`update runs set plan = json_set(plan, '$.tools.approval', json('{}'), '$.tools.approval_rule', 'policy')
          where json_type(plan, '$.tools') = 'object'`;
  await change.execute(db);
}

export async function toolCalls(db: Kysely<Schema>, dialect: Dialect): Promise<void> {
  await createToolCalls(db, dialect);
  await db.schema.alterTable("runs").addColumn("restart", "text").execute();
  // Null: nobody noted it. Then what the message holds decides.
  await db.schema.alterTable("messages").addColumn("untrusted", "integer").execute();
  // Nobody knows what those summed up that are there already.
  for (const table of ["message_summaries", "run_turns"]) {
    await db.schema
      .alterTable(table)
      .addColumn("untrusted", "integer", (column) => column.notNull().defaultTo(1))
      .execute();
  }
  await completePlans(db, dialect);
}
