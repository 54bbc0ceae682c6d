/** The index of words on SQLite: sixteen pieces become one, not eight. */
import { type Kysely, sql } from "kysely";
import type { Dialect } from "../dialect.ts";
import type { Schema } from "../schema.ts";

export async function fewerMerges(db: Kysely<Schema>, { engine }: Dialect): Promise<void> {
  if (engine !== "sqlite") return;
  // What is indexed is written less often again. It is the most that FTS5 takes.
  await sql`insert into chunk_index (chunk_index, rank) values ('usermerge', 16)`.execute(db);
  // A commit that meets sixteen pieces would merge them itself, at once: that is left to the writer's small steps.
  await sql`insert into chunk_index (chunk_index, rank) values ('crisismerge', 64)`.execute(db);
}
