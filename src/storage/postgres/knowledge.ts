/** Chunks, vectors and search on PostgreSQL. */
import { type Kysely, sql } from "kysely";
import { NotFoundError } from "../../workflow/errors.ts";
import type { ChunkStore, NewChunk } from "../../workflow/ports/stores/chunks.ts";
import type { VectorStore } from "../../workflow/ports/stores/vectors.ts";
import type { Knowledge } from "../knowledge.ts";
import { mapAtOnce } from "../map-at-once.ts";
import type { Schema } from "../schema.ts";
import { slices } from "../slices.ts";
import { chunksWithoutVector, getChunks, listChunks } from "../stores/chunks.ts";
import { SqlEmbeddingSpaceStore } from "../stores/embedding-spaces.ts";
import { EmbeddingSpaces, requireDimensions, similaritiesTo } from "../stores/vectors.ts";
import { bytesOf } from "../vectors.ts";
import { type ChunkBatch, insertChunks, storedIds } from "./chunk-batch.ts";
import { Lexemes } from "./lexemes.ts";
import { PostgresLexicalSearch } from "./lexical.ts";
import { describeSearch } from "./search-paths.ts";
import { TermStatistics } from "./term-statistics.ts";
import { searchVectors, signatureOf } from "./vector-search.ts";
import { SET_SIZES, type SetSizes } from "./visible.ts";

/** Rows of one statement; preparing more would hold up the event loop. */
const BATCH_ROWS = 50;

/** Statements under way at a time for one document: while one is written to the disk, another's words are stemmed. */
const BATCHES_AT_ONCE = 2;

class PostgresChunkStore implements ChunkStore {
  readonly #db: Kysely<Schema>;
  readonly #lexemes: Lexemes;
  readonly #statistics: TermStatistics;

  constructor(db: Kysely<Schema>, statistics: TermStatistics) {
    this.#db = db;
    this.#lexemes = new Lexemes(db);
    this.#statistics = statistics;
  }

  async insert(
    ownerId: string,
    documentId: string,
    chunks: readonly NewChunk[],
  ): Promise<string[]> {
    const document = await this.#db
      .selectFrom("documents")
      .select("title")
      .where("id", "=", documentId)
      .where("owner_id", "=", ownerId)
      .executeTakeFirst();
    if (!document) throw new NotFoundError("The document");
    const { title } = document;
    const batches = slices(chunks, BATCH_ROWS).map((slice) => {
      return { ownerId, documentId, title, chunks: slice };
    });
    let added = 0;
    try {
      const ids = await mapAtOnce(batches, BATCHES_AT_ONCE, async (batch) => {
        const count = await insertChunks(this.#db, this.#lexemes, batch);
        added += count;
        return count < batch.chunks.length
          ? await this.#storedAlready(batch)
          : batch.chunks.map(({ id }) => id);
      });
      return ids.flat();
    } finally {
      await this.#statistics.note(added);
    }
  }

  /** The ids of a batch of which some chunks, or the document, were not what was expected. */
  async #storedAlready(batch: ChunkBatch): Promise<string[]> {
    const stored = await storedIds(this.#db, batch);
    return batch.chunks.map(({ ordinal }) => {
      const id = stored.get(ordinal);
      // It was deleted in the middle.
      if (id === undefined) throw new NotFoundError("The document");
      return id;
    });
  }

  list(...[ownerId, documentId, page]: Parameters<ChunkStore["list"]>) {
    return listChunks(this.#db, ownerId, documentId, page);
  }

  get(ownerId: string, ids: readonly string[]) {
    return getChunks(this.#db, ownerId, ids);
  }

  async clear(ownerId: string, documentId: string): Promise<void> {
    const result = await this.#db
      .deleteFrom("chunks")
      .where("document_id", "=", documentId)
      .where("owner_id", "=", ownerId)
      .executeTakeFirst();
    await this.#statistics.note(Number(result.numDeletedRows));
  }

  /** No chunk is ever left: the database deletes them with their document. What they leave is old statistics. */
  async sweep(): Promise<number> {
    await this.#statistics.check();
    return 0;
  }
}

class PostgresVectorStore implements VectorStore {
  readonly #db: Kysely<Schema>;
  readonly #spaces: EmbeddingSpaces;

  constructor(db: Kysely<Schema>, spaces: EmbeddingSpaces) {
    this.#db = db;
    this.#spaces = spaces;
  }

  async insert(
    ...[ownerId, documentId, space, vectors]: Parameters<VectorStore["insert"]>
  ): Promise<void> {
    for (const vector of vectors.values()) requireDimensions(space, vector);
    if (vectors.size === 0) return;
    const number = await this.#spaces.ensure(space);
    for (const batch of slices([...vectors], BATCH_ROWS)) {
      await sql`
        insert into chunk_vectors (space, chunk, owner_id, document_id, signature, vector)
        select ${number}, c.number, c.owner_id, c.document_id, given.signature::varbit, given.vector
        from unnest(
          ${batch.map(([id]) => id)}::text[],
          ${batch.map(([, vector]) => signatureOf(vector))}::text[],
          ${batch.map(([, vector]) => bytesOf(vector))}::bytea[]
        ) as given (id, signature, vector)
        join chunks c on c.id = given.id
        where c.document_id = ${documentId} and c.owner_id = ${ownerId}
        on conflict (chunk, space) do update
          set signature = excluded.signature, vector = excluded.vector`.execute(this.#db);
    }
  }

  async missing(...[ownerId, documentId, space, limit]: Parameters<VectorStore["missing"]>) {
    const number = await this.#spaces.find(space);
    const query = chunksWithoutVector(this.#db, ownerId, documentId, number, limit);
    return (await this.#db.executeQuery(query)).rows;
  }

  similarities(...asked: Parameters<VectorStore["similarities"]>): Promise<Map<string, number>> {
    return similaritiesTo(this.#db, this.#spaces, ...asked);
  }
}

/** Removes up to `limit` vectors of spaces that are not in use; returns how many. */
async function retireVectors(db: Kysely<Schema>, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from chunk_vectors where (chunk, space) in (
      select v.chunk, v.space from chunk_vectors v
      where v.space not in (select space from spaces_in_use) limit ${limit}
    )`.execute(db);
  return Number(numAffectedRows ?? 0n);
}

/** Puts the stores together. */
export function createPostgresKnowledge(
  db: Kysely<Schema>,
  sizes: SetSizes = SET_SIZES,
): Knowledge {
  const statistics = new TermStatistics(db);
  const spaces = new EmbeddingSpaces(db);
  const lexical = new PostgresLexicalSearch(db, statistics, sizes);
  return {
    chunks: new PostgresChunkStore(db, statistics),
    vectors: new PostgresVectorStore(db, spaces),
    embeddingSpaces: new SqlEmbeddingSpaceStore(db, spaces, {
      read: async (query, signal) => (await db.executeQuery(query, { signal })).rows,
      retire: (limit) => retireVectors(db, limit),
    }),
    search: {
      lexical: (query, filter, limit, signal) => lexical.search(query, filter, limit, signal),
      async vector(space, vector, filter, limit, signal) {
        signal.throwIfAborted();
        requireDimensions(space, vector);
        const number = await spaces.find(space);
        if (number === null) return [];
        return searchVectors(db, sizes, { space: number, vector, filter }, limit, signal);
      },
    },
    searchPaths: () => describeSearch(db, sizes),
    close: () => statistics.settled(),
  };
}
