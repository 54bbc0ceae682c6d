/** Running runs that nobody runs, and who takes them over. */
import { type Kysely, sql } from "kysely";
import type { StoredRun } from "../../workflow/ports/stores/runs.ts";
import type { Schema } from "../schema.ts";
import { RUNNING, UNDER_WAY } from "../under-way.ts";

/** The first `limit` running runs, oldest first. */
function selectRunning(db: Kysely<Schema>, limit: number) {
  return db
    .selectFrom("runs")
    .selectAll()
    .where("status", "in", UNDER_WAY)
    .where("status", "=", RUNNING)
    .orderBy("id")
    .limit(limit);
}

/** Those whose instance is gone. */
export function selectOrphans(db: Kysely<Schema>, limit: number) {
  return selectRunning(db, limit).where(({ or, eb, not, exists, selectFrom }) =>
    or([
      eb("instance_id", "is", null),
      not(
        exists(
          selectFrom("instances")
            .select("instances.id")
            .whereRef("instances.id", "=", "runs.instance_id")
            .where("expires_at", ">", Date.now()),
        ),
      ),
    ]),
  );
}

/** Those that an instance holds in the store, but for the ones named in `here`. */
export function selectStrays(
  db: Kysely<Schema>,
  instanceId: string,
  here: readonly string[],
  limit: number,
) {
  return selectRunning(db, limit)
    .where("instance_id", "=", instanceId)
    .$if(here.length > 0, (query) => query.where("id", "not in", here));
}

/** Takes over an orphan or a stray as the next attempt, if it is as it was found. */
export function updateTakenOver(db: Kysely<Schema>, orphan: StoredRun, instanceId: string) {
  return db
    .updateTable("runs")
    .set({
      attempt: sql`attempt + 1`,
      // A run that was given back in order has not crashed.
      crashes: sql`crashes + ${sql.lit(orphan.instance_id === null ? 0 : 1)}`,
      restart: orphan.instance_id === null ? orphan.restart : null,
      instance_id: instanceId,
    })
    .where("id", "=", orphan.id)
    .where("status", "=", RUNNING)
    .where("attempt", "=", orphan.attempt)
    .where("instance_id", orphan.instance_id === null ? "is" : "=", orphan.instance_id)
    .returningAll();
}
