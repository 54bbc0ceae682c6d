/** Idempotency keys in SQL. */
import type { Kysely } from "kysely";
import type { IdempotencyStore } from "../../workflow/ports/stores/idempotency.ts";
import type { Schema } from "../schema.ts";

export class SqlIdempotencyStore implements IdempotencyStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async find(ownerId: string, key: string): Promise<{ requestHash: string; runId: string } | null> {
    const row = await this.#db
      .selectFrom("idempotency_keys")
      .select(["request_hash", "run_id"])
      .where("owner_id", "=", ownerId)
      .where("key", "=", key)
      .executeTakeFirst();
    return row ? { requestHash: row.request_hash, runId: row.run_id } : null;
  }

  async bind(
    ownerId: string,
    key: string,
    requestHash: string,
    runId: string,
  ): Promise<{ requestHash: string; runId: string } | null> {
    const result = await this.#db
      .insertInto("idempotency_keys")
      .values({
        owner_id: ownerId,
        key,
        request_hash: requestHash,
        run_id: runId,
        created_at: Date.now(),
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return result.numInsertedOrUpdatedRows === 0n ? this.find(ownerId, key) : null;
  }

  async prune(time: number): Promise<void> {
    await this.#db.deleteFrom("idempotency_keys").where("created_at", "<", time).execute();
  }
}
