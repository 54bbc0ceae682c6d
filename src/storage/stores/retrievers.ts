/** Users' own retrievers in SQL. */
import { type Kysely, type Selectable, sql } from "kysely";
import type { Retriever } from "../../contract/retrievers.ts";
import type { NewRetriever, RetrieverStore } from "../../workflow/ports/stores/retrievers.ts";
import type { Schema } from "../schema.ts";
import type { RetrieverTable } from "../tables/documents.ts";

type Settings = Omit<NewRetriever, "name">;

function toRetriever(row: Selectable<RetrieverTable>): Retriever {
  const settings: Settings = JSON.parse(row.settings);
  return { name: row.name, ...settings, version: row.version, built_in: false };
}

function toSettings({ name: _, ...settings }: NewRetriever): string {
  return JSON.stringify(settings);
}

export class SqlRetrieverStore implements RetrieverStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async get(ownerId: string, name: string): Promise<Retriever | null> {
    const row = await this.#owned(ownerId).where("name", "=", name).executeTakeFirst();
    return row ? toRetriever(row) : null;
  }

  async list(ownerId: string, after: string | null, limit: number): Promise<Retriever[]> {
    let query = this.#owned(ownerId).orderBy("name").limit(limit);
    if (after !== null) query = query.where("name", ">", after);
    return (await query.execute()).map(toRetriever);
  }

  async names(ownerId: string): Promise<string[]> {
    const rows = await this.#db
      .selectFrom("retrievers")
      .select("name")
      .where("owner_id", "=", ownerId)
      .orderBy("name")
      .execute();
    return rows.map(({ name }) => name);
  }

  async create(ownerId: string, retriever: NewRetriever): Promise<Retriever | null> {
    const row = await this.#db
      .insertInto("retrievers")
      .values({
        owner_id: ownerId,
        name: retriever.name,
        settings: toSettings(retriever),
        version: 1,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .executeTakeFirst();
    return row ? toRetriever(row) : null;
  }

  async replace(ownerId: string, retriever: NewRetriever): Promise<Retriever | null> {
    const row = await this.#db
      .updateTable("retrievers")
      .set({ settings: toSettings(retriever), version: sql`version + 1` })
      .where("owner_id", "=", ownerId)
      .where("name", "=", retriever.name)
      .returningAll()
      .executeTakeFirst();
    return row ? toRetriever(row) : null;
  }

  async delete(ownerId: string, name: string): Promise<boolean> {
    const result = await this.#db
      .deleteFrom("retrievers")
      .where("owner_id", "=", ownerId)
      .where("name", "=", name)
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  #owned(ownerId: string) {
    return this.#db.selectFrom("retrievers").selectAll().where("owner_id", "=", ownerId);
  }
}
