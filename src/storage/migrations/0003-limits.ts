/** Limits on how often something may happen: a counter by key, with the end of its window. */
import type { Kysely } from "kysely";
import type { Dialect } from "../dialect.ts";
import type { Schema } from "../schema.ts";

export async function limits(db: Kysely<Schema>, { id }: Dialect): Promise<void> {
  await db.schema
    .createTable("limits")
    .addColumn("key", id, (column) => column.primaryKey())
    .addColumn("points", "integer", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema.createIndex("limits_by_end").on("limits").column("expires_at").execute();
}
