/** API keys in SQL. */
import { type Kysely, type Selectable, sql } from "kysely";
import type { Key, Scope } from "../../contract/keys.ts";
import type { PageOf, PageRequest } from "../../workflow/ports/page.ts";
import type { KeyStore } from "../../workflow/ports/stores/keys.ts";
import { newestFirst } from "../newest-first.ts";
import type { Schema } from "../schema.ts";
import type { ApiKeyTable } from "../tables/settings.ts";

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
    let query = this.#live();
    if (ownerId !== null) query = query.where("owner_id", "=", ownerId);
    return newestFirst(query, page, toKey);
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
