/** Which queued run comes next on its branch, and who takes it. */
import { type Kysely, sql } from "kysely";
import type { Schema } from "../schema.ts";
import { BEGUN, QUEUED, UNDER_WAY } from "../under-way.ts";

/** Queued runs whose branch is free and whose user message comes first on it, oldest first. */
export function selectClaimable(db: Kysely<Schema>, limit: number) {
  return db
    .selectFrom("runs")
    .innerJoin("messages", "messages.id", "runs.user_message_id")
    .selectAll("runs")
    .where("runs.status", "in", UNDER_WAY)
    .where("runs.status", "=", QUEUED)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("runs as ahead")
            .innerJoin("messages as before", "before.id", "ahead.user_message_id")
            .select("ahead.id")
            .whereRef("ahead.conversation_id", "=", "runs.conversation_id")
            .whereRef("ahead.branch_id", "=", "runs.branch_id")
            .whereRef("ahead.id", "<>", "runs.id")
            .where("ahead.status", "in", UNDER_WAY)
            .where(({ and, eb, or, refTuple }) =>
              or([
                eb("ahead.status", "in", BEGUN),
                and([
                  eb("ahead.status", "=", QUEUED),
                  // Ids are made before the conversation is locked, and on several machines: they do not tell the order.
                  eb(refTuple("before.seq", "ahead.id"), "<", refTuple("messages.seq", "runs.id")),
                ]),
              ]),
            ),
        ),
      ),
    )
    .orderBy("runs.id")
    .limit(limit);
}

/** Takes a queued run as the next attempt of an instance, if its branch is free. */
export function updateClaimed(db: Kysely<Schema>, id: string, instanceId: string) {
  return db
    .updateTable("runs")
    .set({
      status: "running",
      attempt: sql`attempt + 1`,
      instance_id: instanceId,
      started_at: sql`coalesce(started_at, ${sql.lit(Date.now())})`,
    })
    .where("id", "=", id)
    .where("status", "=", QUEUED)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("runs as other")
            .select("other.id")
            .whereRef("other.conversation_id", "=", "runs.conversation_id")
            .whereRef("other.branch_id", "=", "runs.branch_id")
            .where("other.status", "in", BEGUN),
        ),
      ),
    )
    .returningAll();
}
