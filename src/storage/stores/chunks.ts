/** Reading chunks in SQL: the same on both engines. */
import { type Compilable, type Kysely, sql } from "kysely";
import type { Chunk } from "../../contract/documents.ts";
import type { CitedChunk } from "../../workflow/ports/stores/chunks.ts";
import type { PageOf, PageRequest } from "../../workflow/ports/page.ts";
import { decodeCursor, toPage } from "../cursor.ts";
import type { Schema } from "../schema.ts";

/** The columns of a chunk as others know it. */
const CHUNK_COLUMNS = [
  "chunks.id",
  "chunks.document_id",
  "chunks.ordinal",
  "chunks.text",
  "chunks.heading",
  "chunks.page",
  "chunks.start_offset as start",
  "chunks.end_offset as end",
  "chunks.tokens",
] as const;

export async function listChunks(
  db: Kysely<Schema>,
  ownerId: string,
  documentId: string,
  page: PageRequest,
): Promise<PageOf<Chunk>> {
  let query = db
    .selectFrom("chunks")
    .select(CHUNK_COLUMNS)
    .where("owner_id", "=", ownerId)
    .where("document_id", "=", documentId)
    .orderBy("ordinal")
    .limit(page.limit + 1);
  if (page.cursor !== undefined) {
    const [ordinal] = decodeCursor<[number]>(page.cursor, ["number"]);
    query = query.where("ordinal", ">", ordinal);
  }
  return toPage(
    await query.execute(),
    page.limit,
    (row) => row,
    (row) => [row.ordinal],
  );
}

/** Chunks with their documents' titles, in the order of the ids. */
export async function getChunks(
  db: Kysely<Schema>,
  ownerId: string,
  ids: readonly string[],
): Promise<CitedChunk[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom("chunks")
    .innerJoin("documents", "documents.id", "chunks.document_id")
    .select(CHUNK_COLUMNS)
    .select(["documents.title as document_title", "documents.url as document_url"])
    .where("chunks.id", "in", ids)
    .where("chunks.owner_id", "=", ownerId)
    .where("documents.owner_id", "=", ownerId)
    .execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/**
 * The query for chunks of a document that have no vector in a space; for all of them when the space (null) does not
 * exist yet.
 */
export function chunksWithoutVector(
  db: Kysely<Schema>,
  ownerId: string,
  documentId: string,
  space: number | null,
  limit: number,
): Compilable<Chunk> {
  const query = db
    .selectFrom("chunks")
    .select(CHUNK_COLUMNS)
    .where("owner_id", "=", ownerId)
    .where("document_id", "=", documentId)
    .orderBy("ordinal")
    .limit(limit);
  if (space === null) return query;
  return query.where(({ not, exists, selectFrom }) =>
    not(
      exists(
        selectFrom("chunk_vectors as v")
          .select(sql`1`.as("one"))
          .whereRef("v.chunk", "=", "chunks.number")
          .where("v.space", "=", space),
      ),
    ),
  );
}
