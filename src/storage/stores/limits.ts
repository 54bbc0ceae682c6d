/** Limits in SQL: one row a key, changed by one statement, so that no two requests get the same place. */
import { type Kysely, sql } from "kysely";
import type { LimitStore, Taken } from "../../workflow/ports/stores/limits.ts";
import type { Schema } from "../schema.ts";
import { statement } from "../statement.ts";

interface Asked {
  readonly key: string;
  readonly points: number;
  readonly limit: number;
  readonly now: number;
  readonly end: number;
}

const takePoints = statement((db, { key, points, limit, now, end }: Asked) => {
  const live = sql<boolean>`limits.expires_at > ${now}`;
  return db
    .insertInto("limits")
    .values({ key, points, expires_at: end })
    .onConflict((conflict) =>
      conflict
        .column("key")
        .doUpdateSet({
          points: sql`case when ${live} then limits.points else 0 end + excluded.points`,
          expires_at: sql`case when ${live} then limits.expires_at else excluded.expires_at end`,
        })
        .where(sql<boolean>`(not ${live} or limits.points + excluded.points <= ${limit})`),
    )
    .returning(["points", "expires_at"]);
});

export class SqlLimitStore implements LimitStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async take(key: string, points: number, limit: number, durationMs: number): Promise<Taken> {
    const now = Date.now();
    const asked = { key, points, limit, now, end: now + durationMs };
    const [row] = (await takePoints(this.#db, asked)).rows;
    if (row) return { taken: true, used: row.points, expiresAt: row.expires_at };
    return (await this.#full(key)) ?? this.take(key, points, limit, durationMs);
  }

  async prune(time: number): Promise<void> {
    await this.#db.deleteFrom("limits").where("expires_at", "<", time).execute();
  }

  /** The window that had no room; null when it was pruned in this very moment. */
  async #full(key: string): Promise<Taken | null> {
    const row = await this.#db
      .selectFrom("limits")
      .select(["points", "expires_at"])
      .where("key", "=", key)
      .executeTakeFirst();
    return row ? { taken: false, used: row.points, expiresAt: row.expires_at } : null;
  }
}
