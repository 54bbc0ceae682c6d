/** Documents in SQL. */
import { type Kysely, type Selectable, sql, type Updateable } from "kysely";
import type { Collection, Document, DocumentStatus } from "../../contract/documents.ts";
import type {
  DocumentChanges,
  DocumentStore,
  NewDocument,
} from "../../workflow/ports/stores/documents.ts";
import type { PageOf, PageRequest } from "../../workflow/ports/page.ts";
import { decodeCursor, toPage } from "../cursor.ts";
import type { DocumentTable } from "../tables/documents.ts";
import { newestFirst } from "../newest-first.ts";
import type { Schema } from "../schema.ts";

type Row = Selectable<DocumentTable>;

/** Without what only the engine needs. */
function toDocument({ owner_id: _, file_name: _name, content_hash: _hash, ...row }: Row): Document {
  return {
    ...row,
    status: row.status as DocumentStatus,
    metadata: JSON.parse(row.metadata) as Document["metadata"],
    created_at: new Date(row.created_at).toISOString(),
  };
}

export class SqlDocumentStore implements DocumentStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async create(ownerId: string, document: NewDocument): Promise<Document> {
    const row = await this.#db
      .insertInto("documents")
      .values({
        ...document,
        owner_id: ownerId,
        status: "queued",
        progress: 0,
        error: null,
        pages: null,
        chunks: 0,
        metadata: JSON.stringify(document.metadata),
        file_name: document.file_name ?? null,
        content_hash: document.content_hash ?? null,
        created_at: Date.now(),
      })
      .onConflict((conflict) =>
        conflict
          .columns(["owner_id", "collection", "content_hash"])
          .where("content_hash", "is not", null)
          .doNothing(),
      )
      .returningAll()
      .executeTakeFirst();
    if (row) return toDocument(row);
    const hash = document.content_hash ?? null;
    const same = await this.#withContent(ownerId, document.collection, hash);
    if (!same) throw new Error("A document is in the way of another one, and is not there.");
    return toDocument(same);
  }

  async fileName(ownerId: string, id: string): Promise<string | null> {
    const row = await this.#owned(ownerId).where("id", "=", id).executeTakeFirst();
    return row?.file_name ?? null;
  }

  async setContent(
    ownerId: string,
    id: string,
    { hash, bytes }: { readonly hash: string; readonly bytes: number },
  ): Promise<string | null> {
    const row = await this.#owned(ownerId).where("id", "=", id).executeTakeFirst();
    if (!row) return null;
    const same = await this.#withContent(ownerId, row.collection, hash);
    if (same && same.id !== id) return same.id;
    await this.#db
      .updateTable("documents")
      .set({ content_hash: hash, bytes })
      .where("owner_id", "=", ownerId)
      .where("id", "=", id)
      .execute();
    return null;
  }

  async get(ownerId: string, id: string): Promise<Document | null> {
    const row = await this.#owned(ownerId).where("id", "=", id).executeTakeFirst();
    return row ? toDocument(row) : null;
  }

  async list(
    ownerId: string,
    page: PageRequest & { collection?: string | undefined; status?: DocumentStatus | undefined },
  ): Promise<PageOf<Document>> {
    let query = this.#owned(ownerId);
    if (page.collection !== undefined) query = query.where("collection", "=", page.collection);
    if (page.status !== undefined) query = query.where("status", "=", page.status);
    return newestFirst(query, page, toDocument);
  }

  async update(ownerId: string, id: string, changes: DocumentChanges): Promise<Document | null> {
    const values: Updateable<DocumentTable> = changes;
    // A statement without a change is none in SQL.
    if (Object.keys(values).length === 0) return this.get(ownerId, id);
    const row = await this.#db
      .updateTable("documents")
      .set(values)
      .where("owner_id", "=", ownerId)
      .where("id", "=", id)
      .returningAll()
      .executeTakeFirst();
    return row ? toDocument(row) : null;
  }

  async delete(ownerId: string, id: string): Promise<boolean> {
    const result = await this.#db
      .deleteFrom("documents")
      .where("owner_id", "=", ownerId)
      .where("id", "=", id)
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  async existing(ownerId: string, ids: readonly string[]): Promise<Set<string>> {
    if (ids.length === 0) return new Set();
    const rows = await this.#db
      .selectFrom("documents")
      .select("id")
      .where("owner_id", "=", ownerId)
      .where("id", "in", ids)
      .execute();
    return new Set(rows.map(({ id }) => id));
  }

  async collections(ownerId: string, page: PageRequest): Promise<PageOf<Collection>> {
    let query = this.#counted(ownerId)
      .orderBy("collection")
      .limit(page.limit + 1);
    if (page.cursor !== undefined) {
      const [name] = decodeCursor<[string]>(page.cursor, ["string"]);
      query = query.where("collection", ">", name);
    }
    const rows = await query.execute();
    return toPage(
      rows,
      page.limit,
      (row) => row,
      (row) => [row.name],
    );
  }

  async readyByCollection(ownerId: string): Promise<Map<string, number>> {
    const rows = await this.#counted(ownerId).execute();
    return new Map(rows.map((row) => [row.name, row.ready]));
  }

  #counted(ownerId: string) {
    return this.#db
      .selectFrom("documents")
      .select(({ fn }) => [
        "collection as name",
        fn.countAll<number>().as("documents"),
        fn.sum<number>(sql`case when status = 'ready' then 1 else 0 end`).as("ready"),
      ])
      .where("owner_id", "=", ownerId)
      .groupBy("collection");
  }

  #withContent(ownerId: string, collection: string, hash: string | null) {
    return this.#owned(ownerId)
      .where("collection", "=", collection)
      .where("content_hash", "=", hash)
      .executeTakeFirst();
  }

  #owned(ownerId: string) {
    return this.#db.selectFrom("documents").selectAll().where("owner_id", "=", ownerId);
  }
}
