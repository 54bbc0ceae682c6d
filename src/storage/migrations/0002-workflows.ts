/** Templates, profiles, summaries of what fell out of memory, and the tool turns of runs under way. */
import { type Kysely, sql } from "kysely";
import type { Dialect } from "../dialect.ts";
import type { Schema } from "../schema.ts";

async function createTemplates(db: Kysely<Schema>, { id }: Dialect): Promise<void> {
  await db.schema
    .createTable("templates")
    .addColumn("owner_id", "text", (column) => column.notNull())
    .addColumn("name", id, (column) => column.notNull())
    .addColumn("settings", "text", (column) => column.notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("templates_pk", ["owner_id", "name"])
    .execute();
  await db.schema
    .createTable("profiles")
    .addColumn("id", id, (column) => column.primaryKey())
    .addColumn("owner_id", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("settings", "text", (column) => column.notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("updated_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("profiles_by_owner")
    .on("profiles")
    .columns(["owner_id", "id"])
    .execute();
}

/** A summary hangs on the last message that it covers, so that it is right for every branch through that one. */
async function createSummaries(db: Kysely<Schema>, { id }: Dialect): Promise<void> {
  await db.schema
    .createTable("message_summaries")
    .addColumn("message_id", id, (column) =>
      column.primaryKey().references("messages.id").onDelete("cascade"),
    )
    .addColumn("owner_id", "text", (column) => column.notNull())
    .addColumn("summary", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .execute();
}

async function createTurns(db: Kysely<Schema>, { id }: Dialect): Promise<void> {
  await db.schema
    .createTable("run_turns")
    .addColumn("run_id", id, (column) => column.notNull().references("runs.id").onDelete("cascade"))
    .addColumn("turn", "integer", (column) => column.notNull())
    .addColumn("content", "text", (column) => column.notNull())
    .addColumn("calls", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("run_turns_pk", ["run_id", "turn"])
    .execute();
  await db.schema
    .createTable("run_tool_results")
    .addColumn("run_id", id, (column) => column.notNull().references("runs.id").onDelete("cascade"))
    .addColumn("turn", "integer", (column) => column.notNull())
    .addColumn("call", "integer", (column) => column.notNull())
    .addColumn("result", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("run_tool_results_pk", ["run_id", "turn", "call"])
    .execute();
}

/** Plans that were stored before have none of the newer fields; every reader may count on them. */
async function completePlans(db: Kysely<Schema>, { engine }: Dialect): Promise<void> {
  const added = {
    template_version: null,
    profile_id: null,
    profile_version: null,
    fallback_models: [],
    context_tokens: 16_384,
    a_b_test_group: null,
  };
  const statement =
    engine === "postgres"
      ? sql`update runs set plan = (${JSON.stringify(added)}::jsonb || plan::jsonb)::text`
      : sql`update runs set plan = json_insert(plan, ${sql.join(
          Object.entries(added).flatMap(([name, value]) => [
            sql.lit(`$.${name}`),
            sql`json(${sql.lit(JSON.stringify(value))})`,
          ]),
        )})`;
  await statement.execute(db);
}

export async function workflows(db: Kysely<Schema>, dialect: Dialect): Promise<void> {
  await db.schema
    .alterTable("conversations")
    .addColumn("workflow_config", "text", (column) => column.notNull().defaultTo("{}"))
    .execute();
  await createTemplates(db, dialect);
  await createSummaries(db, dialect);
  await createTurns(db, dialect);
  await completePlans(db, dialect);
}
