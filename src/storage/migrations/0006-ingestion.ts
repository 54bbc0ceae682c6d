/** What the taking in of documents needs: background jobs, and the sources that documents were uploaded as. */
import { type Kysely, sql } from "kysely";
import type { Dialect } from "../dialect.ts";
import type { Schema } from "../schema.ts";

async function createJobs(db: Kysely<Schema>, { id }: Dialect): Promise<void> {
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

/** A source lies in parts of bounded size: written while it is uploaded, read by whichever instance parses it. */
async function createSources(db: Kysely<Schema>, { engine, id }: Dialect): Promise<void> {
  await db.schema
    .createTable("document_parts")
    .addColumn("document_id", id, (column) => column.notNull())
    .addColumn("owner_id", "text", (column) => column.notNull())
    .addColumn("part", "integer", (column) => column.notNull())
    .addColumn("bytes", engine === "sqlite" ? "blob" : "bytea", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("document_parts_pk", ["document_id", "part"])
    .execute();
  await db.schema.alterTable("documents").addColumn("file_name", "text").execute();
  await db.schema.alterTable("documents").addColumn("content_hash", "text").execute();
  // The same content is one document of its owner's collection, however many requests bring it at once.
  await sql`create unique index documents_by_content on documents (owner_id, collection, content_hash)
    where content_hash is not null`.execute(db);
}

/** Runs that were planned before a search could be done without: all of them needed it. */
async function completePlans(db: Kysely<Schema>, { engine }: Dialect): Promise<void> {
  const change =
    engine === "postgres"
      ? sql`update runs set plan = jsonb_set(plan::jsonb, '{retrieval,required}', 'true')::text
          where jsonb_typeof(plan::jsonb -> 'retrieval') = 'object'`
      : sql`update runs set plan = json_set(plan, '$.retrieval.required', json('true'))
          where json_type(plan, '$.retrieval') = 'object'`;
  await change.execute(db);
}

export async function ingestion(db: Kysely<Schema>, dialect: Dialect): Promise<void> {
  await createJobs(db, dialect);
  await createSources(db, dialect);
  await completePlans(db, dialect);
}
