/** Background work in SQL. */
import { type Kysely, sql } from "kysely";
import { newId } from "../../workflow/ids.ts";
import type { Job, JobStore, NewJob } from "../../workflow/ports/stores/jobs.ts";
import type { Dialect } from "../dialect.ts";
import type { Schema } from "../schema.ts";

export class SqlJobStore implements JobStore {
  readonly #db: Kysely<Schema>;
  readonly #dialect: Dialect;

  constructor(db: Kysely<Schema>, dialect: Dialect) {
    this.#db = db;
    this.#dialect = dialect;
  }

  async add(job: NewJob): Promise<void> {
    await this.#db
      .insertInto("jobs")
      .values({
        id: newId("job"),
        kind: job.kind,
        key: job.key,
        payload: JSON.stringify(job.payload),
        failures: 0,
        instance_id: null,
        run_at: job.runAt ?? Date.now(),
      })
      .onConflict((conflict) => conflict.columns(["kind", "key"]).doNothing())
      .execute();
  }

  async claim(kinds: readonly string[], instanceId: string, limit: number): Promise<Job[]> {
    const now = Date.now();
    const rows = await this.#db
      .updateTable("jobs")
      .set({ instance_id: instanceId })
      .where("id", "in", (query) =>
        query
          .selectFrom("jobs")
          .select("id")
          .where("kind", "in", kinds)
          .where(({ eb, and, or, not, exists, selectFrom }) =>
            or([
              and([eb("instance_id", "is", null), eb("run_at", "<=", now)]),
              and([
                eb("instance_id", "is not", null),
                not(
                  exists(
                    selectFrom("instances")
                      .select("instances.id")
                      .whereRef("instances.id", "=", "jobs.instance_id")
                      .where("expires_at", ">", now),
                  ),
                ),
              ]),
            ]),
          )
          .orderBy("run_at")
          .limit(limit)
          .modifyEnd(this.#dialect.skipLocked),
      )
      .returningAll()
      .execute();
    return rows.map(({ id, kind, payload, failures }) => ({
      id,
      kind,
      payload: JSON.parse(payload),
      failures,
    }));
  }

  async finish(id: string, instanceId: string): Promise<boolean> {
    const result = await this.#db
      .deleteFrom("jobs")
      .where("id", "=", id)
      .where("instance_id", "=", instanceId)
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  async retry(id: string, instanceId: string, runAt: number): Promise<boolean> {
    const result = await this.#db
      .updateTable("jobs")
      .set({ instance_id: null, run_at: runAt, failures: sql`failures + 1` })
      .where("id", "=", id)
      .where("instance_id", "=", instanceId)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  async release(id: string, instanceId: string): Promise<void> {
    await this.#db
      .updateTable("jobs")
      .set({ instance_id: null })
      .where("id", "=", id)
      .where("instance_id", "=", instanceId)
      .execute();
  }

  async cancel(kind: string, key: string): Promise<void> {
    await this.#db.deleteFrom("jobs").where("kind", "=", kind).where("key", "=", key).execute();
  }
}
