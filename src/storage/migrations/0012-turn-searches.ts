/** What a run's own search has found, kept with the turn that read it: a later attempt goes on with the same passages. */
import type { Kysely } from "kysely";
import type { Schema } from "../schema.ts";

export async function turnSearches(db: Kysely<Schema>): Promise<void> {
  await db.schema.alterTable("run_turns").addColumn("searches", "text").execute();
}
