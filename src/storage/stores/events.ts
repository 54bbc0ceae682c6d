/** The written part of the journals: groups of events, a row each. */
import { type Kysely, sql } from "kysely";
import type { EventBatch, EventStore, FencedBatch } from "../../workflow/ports/stores/events.ts";
import type { Schema } from "../schema.ts";

export class SqlEventStore implements EventStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async append(batches: readonly FencedBatch[]): Promise<void> {
    if (batches.length === 0) return;
    const held = await this.#holders(batches);
    const rows = batches
      .filter((batch) => held.has(`${batch.runId} ${batch.attempt} ${batch.instanceId}`))
      .toSorted((a, b) => (a.runId < b.runId ? -1 : 1))
      .map((batch) => ({
        run_id: batch.runId,
        attempt: batch.attempt,
        first_seq: batch.firstSeq,
        last_seq: batch.lastSeq,
        lines: batch.lines,
      }));
    if (rows.length === 0) return;
    await this.#db
      .insertInto("run_events")
      .values(rows)
      // A commit whose answer was lost is written again: with the same beginning, and as far or farther.
      .onConflict((conflict) =>
        conflict.columns(["run_id", "attempt", "first_seq"]).doUpdateSet((row) => ({
          last_seq: row.ref("excluded.last_seq"),
          lines: row.ref("excluded.lines"),
        })),
      )
      .execute();
  }

  /** Who holds these runs now: whoever was overtaken must not write any more. */
  async #holders(batches: readonly FencedBatch[]): Promise<Set<string>> {
    const runs = await this.#db
      .selectFrom("runs")
      .select(["id", "attempt", "instance_id"])
      .where("id", "in", [...new Set(batches.map((batch) => batch.runId))])
      .execute();
    return new Set(runs.map((run) => `${run.id} ${run.attempt} ${run.instance_id}`));
  }

  async read(
    runId: string,
    attempt: number,
    afterSeq: number,
    limit: number,
  ): Promise<EventBatch[]> {
    const rows = await this.#db
      .selectFrom("run_events")
      .selectAll()
      .where("run_id", "=", runId)
      .where("attempt", "=", attempt)
      .where("last_seq", ">", afterSeq)
      .orderBy("first_seq")
      .limit(limit)
      .execute();
    return rows.map((row) => ({
      runId: row.run_id,
      attempt: row.attempt,
      firstSeq: row.first_seq,
      lastSeq: row.last_seq,
      lines: row.lines,
    }));
  }

  async prune(time: number): Promise<number> {
    const result = await this.#db
      .deleteFrom("run_events")
      .where("run_id", "in", (query) =>
        query
          .selectFrom("runs")
          .select("id")
          .where("finished_at", "<", time)
          .where(({ exists, selectFrom }) =>
            exists(
              selectFrom("run_events as e")
                .select(sql`1`.as("one"))
                .whereRef("e.run_id", "=", "runs.id"),
            ),
          )
          .limit(500),
      )
      .executeTakeFirst();
    return Number(result.numDeletedRows);
  }
}
