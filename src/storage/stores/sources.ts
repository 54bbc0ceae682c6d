/** The sources of documents in SQL: their bytes, in parts. */
import type { Kysely } from "kysely";
import type { SourceStore } from "../../workflow/ports/stores/sources.ts";
import type { Schema } from "../schema.ts";

/** Parts that one statement removes: a large source must not be one long statement. */
const REMOVED_AT_ONCE = 16;

export class SqlSourceStore implements SourceStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async write(ownerId: string, documentId: string, part: number, bytes: Uint8Array): Promise<void> {
    await this.#db
      .insertInto("document_parts")
      .values({
        document_id: documentId,
        owner_id: ownerId,
        part,
        bytes,
        created_at: Date.now(),
      })
      .execute();
  }

  async *read(ownerId: string, documentId: string): AsyncGenerator<Uint8Array, void, undefined> {
    for (let part = 0; ; part++) {
      const row = await this.#db
        .selectFrom("document_parts")
        .select("bytes")
        .where("document_id", "=", documentId)
        .where("owner_id", "=", ownerId)
        .where("part", "=", part)
        .executeTakeFirst();
      if (!row) return;
      yield row.bytes;
    }
  }

  async clear(ownerId: string, documentId: string): Promise<void> {
    for (let part = 0; ; part += REMOVED_AT_ONCE) {
      const { numDeletedRows } = await this.#db
        .deleteFrom("document_parts")
        .where("document_id", "=", documentId)
        .where("owner_id", "=", ownerId)
        .where("part", ">=", part)
        .where("part", "<", part + REMOVED_AT_ONCE)
        .executeTakeFirstOrThrow();
      // Where a removal was cut off, the first parts are gone and later ones are not.
      if (numDeletedRows === 0n && !(await this.#hasParts(ownerId, documentId))) return;
    }
  }

  async sweep(time: number): Promise<void> {
    const left = await this.#db
      .selectFrom("document_parts")
      .select(["document_id", "owner_id"])
      .distinct()
      .where("part", "=", 0)
      .where("created_at", "<", time)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom("documents")
              .select("documents.id")
              .whereRef("documents.id", "=", "document_parts.document_id"),
          ),
        ),
      )
      .execute();
    for (const { owner_id, document_id } of left) await this.clear(owner_id, document_id);
  }

  async #hasParts(ownerId: string, documentId: string): Promise<boolean> {
    const row = await this.#db
      .selectFrom("document_parts")
      .select("part")
      .where("document_id", "=", documentId)
      .where("owner_id", "=", ownerId)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }
}
