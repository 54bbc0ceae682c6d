/** The processes that share the store, in SQL. */
import type { Kysely } from "kysely";
import type { InstanceStore } from "../../workflow/ports/stores/instances.ts";
import type { Schema } from "../schema.ts";

export class SqlInstanceStore implements InstanceStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async register(id: string, leaseMs: number): Promise<void> {
    await this.#db
      .insertInto("instances")
      .values({ id, expires_at: Date.now() + leaseMs })
      .execute();
  }

  async renew(id: string, leaseMs: number): Promise<boolean> {
    const now = Date.now();
    const result = await this.#db
      .updateTable("instances")
      .set({ expires_at: now + leaseMs })
      .where("id", "=", id)
      .where("expires_at", ">", now)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  async leave(id: string): Promise<void> {
    await this.#db.deleteFrom("instances").where("id", "=", id).execute();
  }

  async clear(): Promise<void> {
    await this.#db.deleteFrom("instances").execute();
  }
}
