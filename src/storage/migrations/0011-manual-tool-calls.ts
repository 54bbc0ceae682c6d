/** A record of each tool call that a person makes by hand: those of `tool_calls` belong to a run. */
import { type Kysely, sql } from "kysely";
import type { Dialect } from "../dialect.ts";
import type { Schema } from "../schema.ts";

export async function manualToolCalls(db: Kysely<Schema>, { engine, id }: Dialect): Promise<void> {
  await db.schema
    .createTable("manual_tool_calls")
    .addColumn("tool_call_id", id, (column) => column.primaryKey())
    .addColumn("owner_id", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("effect", "text", (column) => column.notNull())
    .addColumn("status", "text")
    .addColumn("arguments", "text")
    .addColumn("arguments_hash", "text", (column) => column.notNull())
    .addColumn("started_at", "bigint", (column) => column.notNull())
    .addColumn("finished_at", "bigint")
    .execute();
  await sql`create index manual_tool_calls_with_arguments on manual_tool_calls (started_at)
    where arguments is not null`.execute(db);
  if (engine !== "postgres") return;
  // The wall of 0010, which knew nothing of this table.
  await sql`alter table manual_tool_calls enable row level security, force row level security`.execute(
    db,
  );
  await sql`create policy of_one_owner on manual_tool_calls
    using (coalesce(current_setting('chatter.owner', true), '') in ('', owner_id))`.execute(db);
}
