/** Tool servers that came over the API, and what servers offered when they were last asked. */
import type { Kysely } from "kysely";
import type { Dialect } from "../dialect.ts";
import type { Schema } from "../schema.ts";

export async function toolServers(db: Kysely<Schema>, { id }: Dialect): Promise<void> {
  await db.schema
    .createTable("tool_servers")
    .addColumn("name", id, (column) => column.primaryKey())
    .addColumn("settings", "text", (column) => column.notNull())
    .addColumn("secrets", "text")
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("updated_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("tool_lists")
    .addColumn("server", id, (column) => column.primaryKey())
    .addColumn("list", "text", (column) => column.notNull())
    .addColumn("fetched_at", "bigint", (column) => column.notNull())
    .execute();
}
