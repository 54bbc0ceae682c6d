/** Background work. */
import type { Kysely } from "kysely";
import type { Dialect } from "../dialect.ts";
import type { Schema } from "../schema.ts";

export async function jobs(db: Kysely<Schema>, { id }: Dialect): Promise<void> {
  await db.schema
    .createTable("jobs")
    .addColumn("id", id, (column) => column.primaryKey())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("key", "text", (column) => column.notNull())
    .addColumn("payload", "text", (column) => column.notNull())
    .addColumn("failures", "integer", (column) => column.notNull())
    .addColumn("instance_id", "text")
    .addColumn("run_at", "bigint", (column) => column.notNull())
    .addUniqueConstraint("jobs_by_key", ["kind", "key"])
    .execute();
  await db.schema.createIndex("jobs_by_time").on("jobs").columns(["kind", "run_at"]).execute();
}
