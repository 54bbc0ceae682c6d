/** Idempotency keys, API keys and instances in SQL. */
import { type Kysely, type Selectable, sql } from "kysely";
import type { Key, Scope } from "../../contract/keys.ts";
import type { PageOf, PageRequest } from "../../workflow/ports/page.ts";
import type { IdempotencyStore } from "../../workflow/ports/stores/idempotency.ts";
import type { InstanceStore } from "../../workflow/ports/stores/instances.ts";
import type { KeyStore } from "../../workflow/ports/stores/keys.ts";
import { decodeCursor, toPage } from "../cursor.ts";
import type { ApiKeyTable, Schema } from "../schema.ts";

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

function toKey(row: Selectable<ApiKeyTable>): Key {
  return {
    id: row.id,
    name: row.name,
    user_id: row.owner_id,
    prefix: row.prefix,
    scopes: row.scopes.split(" ") as Scope[],
    created_at: new Date(row.created_at).toISOString(),
    expires_at: row.expires_at === null ? null : new Date(row.expires_at).toISOString(),
    last_used_at: row.last_used_at === null ? null : new Date(row.last_used_at).toISOString(),
  };
}

export class SqlKeyStore implements KeyStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async create(key: Omit<Key, "created_at" | "last_used_at"> & { hash: string }): Promise<Key> {
    const row = await this.#db
      .insertInto("api_keys")
      .values({
        id: key.id,
        owner_id: key.user_id,
        name: key.name,
        hash: key.hash,
        prefix: key.prefix,
        scopes: key.scopes.join(" "),
        created_at: Date.now(),
        expires_at: key.expires_at === null ? null : Date.parse(key.expires_at),
        last_used_at: null,
        revoked_at: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    return toKey(row);
  }

  async findByHash(hash: string): Promise<Key | null> {
    const row = await this.#live()
      .where("hash", "=", hash)
      .where(({ eb, or }) => or([eb("expires_at", "is", null), eb("expires_at", ">", Date.now())]))
      .executeTakeFirst();
    return row ? toKey(row) : null;
  }

  async list(ownerId: string | null, page: PageRequest): Promise<PageOf<Key>> {
    let query = this.#live()
      .orderBy("id", "desc")
      .limit(page.limit + 1);
    if (ownerId !== null) query = query.where("owner_id", "=", ownerId);
    if (page.cursor !== undefined) {
      const [id] = decodeCursor<[string]>(page.cursor, ["string"]);
      query = query.where("id", "<", id);
    }
    return toPage(await query.execute(), page.limit, toKey, (row) => [row.id]);
  }

  async revoke(ownerId: string | null, id: string): Promise<boolean> {
    const result = await this.#db
      .updateTable("api_keys")
      .set({ revoked_at: Date.now() })
      .where("id", "=", id)
      .where("revoked_at", "is", null)
      .$if(ownerId !== null, (query) => query.where("owner_id", "=", ownerId))
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  async touch(id: string): Promise<void> {
    await this.#db
      .updateTable("api_keys")
      .set({ last_used_at: Date.now() })
      .where("id", "=", id)
      .execute();
  }

  async count(): Promise<number> {
    const { count } = await this.#live()
      .clearSelect()
      .select(sql<number>`count(*)`.as("count"))
      .executeTakeFirstOrThrow();
    return count;
  }

  #live() {
    return this.#db.selectFrom("api_keys").selectAll().where("revoked_at", "is", null);
  }
}

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
