/** Summaries in SQL: each hangs on the last message that it covers. */
import { type Kysely, sql } from "kysely";
import type { Summary, SummaryStore } from "../../workflow/ports/stores/summaries.ts";
import type { Schema } from "../schema.ts";

export class SqlSummaryStore implements SummaryStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /** Goes up the path and stops at the first message that has one, so that it costs no more than it must. */
  async nearest(ownerId: string, leafId: string, limit: number): Promise<Summary | null> {
    const row = await this.#db
      .withRecursive("path", (db) =>
        db
          .selectFrom("messages as m")
          .leftJoin("message_summaries as s", "s.message_id", "m.id")
          .select(["m.id", "m.parent_id", "s.summary", "s.untrusted", sql<number>`1`.as("depth")])
          .where("m.id", "=", leafId)
          .where("m.owner_id", "=", ownerId)
          .unionAll(
            db
              .selectFrom("path")
              .innerJoin("messages as m", "m.id", "path.parent_id")
              .leftJoin("message_summaries as s", "s.message_id", "m.id")
              .select([
                "m.id",
                "m.parent_id",
                "s.summary",
                "s.untrusted",
                sql<number>`path.depth + 1`.as("depth"),
              ])
              .where("m.owner_id", "=", ownerId)
              .where("path.summary", "is", null)
              .where("path.depth", "<", limit),
          ),
      )
      .selectFrom("path")
      .select(["id", "summary", "untrusted", "depth"])
      .where("summary", "is not", null)
      .executeTakeFirst();
    if (!row || row.summary === null) return null;
    return {
      messageId: row.id,
      text: row.summary,
      untrusted: row.untrusted !== 0,
      depth: row.depth,
    };
  }

  async save(ownerId: string, messageId: string, text: string, untrusted: boolean): Promise<void> {
    await this.#db
      .insertInto("message_summaries")
      .columns(["message_id", "owner_id", "summary", "created_at", "untrusted"])
      .expression((query) =>
        query
          .selectFrom("messages")
          .select([
            "id",
            "owner_id",
            sql<string>`cast(${text} as text)`.as("summary"),
            sql<number>`cast(${Date.now()} as bigint)`.as("created_at"),
            sql<number>`cast(${untrusted ? 1 : 0} as integer)`.as("untrusted"),
          ])
          .where("id", "=", messageId)
          .where("owner_id", "=", ownerId),
      )
      .onConflict((conflict) =>
        conflict.column("message_id").doUpdateSet((row) => ({
          summary: row.ref("excluded.summary"),
          created_at: row.ref("excluded.created_at"),
          untrusted: row.ref("excluded.untrusted"),
        })),
      )
      .execute();
  }
}

/** A summary must not remember what is deleted: forgets all that cover a message, which hang on it or below it. */
export async function forgetSummaries(db: Kysely<Schema>, messageId: string): Promise<void> {
  await db
    .withRecursive("below", (db) =>
      db
        .selectFrom("messages")
        .select("id")
        .where("id", "=", messageId)
        .unionAll(
          db
            .selectFrom("messages")
            .innerJoin("below", "below.id", "messages.parent_id")
            .select("messages.id"),
        ),
    )
    .deleteFrom("message_summaries")
    .where("message_id", "in", (query) => query.selectFrom("below").select("id"))
    .execute();
}
