/** Chunks, vectors and search on SQLite: one thread writes, one searches, and the event loop waits for neither. */
import type { Compilable, Kysely } from "kysely";
import { NotFoundError } from "../../workflow/errors.ts";
import type { ChunkSearch, SearchPaths } from "../../workflow/ports/stores/chunk-search.ts";
import type { ChunkStore, NewChunk } from "../../workflow/ports/stores/chunks.ts";
import type { Vector, VectorStore } from "../../workflow/ports/stores/vectors.ts";
import type { Knowledge } from "../knowledge.ts";
import type { Schema } from "../schema.ts";
import { slices } from "../slices.ts";
import { chunksWithoutVector, getChunks, listChunks } from "../stores/chunks.ts";
import { SqlEmbeddingSpaceStore } from "../stores/embedding-spaces.ts";
import { EmbeddingSpaces, requireDimensions, similaritiesTo } from "../stores/vectors.ts";
import { DatabaseThread, entryOf } from "./database-thread.ts";
import { KnowledgeWriter } from "./knowledge-writer.ts";
import type { ReaderOperations } from "./threads/reader.ts";

/** Rows of one transaction: every other one waits for its end. */
const BATCH_ROWS = 200;

const READER = entryOf("reader");

const SEARCH_PATHS: SearchPaths = {
  words: { way: "FTS5, in a thread", advice: null, slow: false },
  meaning: { way: "compared exactly, in a thread", advice: null, slow: false },
};

class SqliteChunkStore implements ChunkStore {
  readonly #db: Kysely<Schema>;
  readonly #writer: KnowledgeWriter;

  constructor(db: Kysely<Schema>, writer: KnowledgeWriter) {
    this.#db = db;
    this.#writer = writer;
  }

  async insert(
    ownerId: string,
    documentId: string,
    chunks: readonly NewChunk[],
  ): Promise<string[]> {
    const ids: string[] = [];
    for (const batch of slices(chunks, BATCH_ROWS)) {
      const stored = await this.#writer.insertChunks({ ownerId, documentId, chunks: batch });
      if (!stored) throw new NotFoundError("The document");
      ids.push(...stored);
    }
    return ids;
  }

  list(...[ownerId, documentId, page]: Parameters<ChunkStore["list"]>) {
    return listChunks(this.#db, ownerId, documentId, page);
  }

  get(ownerId: string, ids: readonly string[]) {
    return getChunks(this.#db, ownerId, ids);
  }

  async clear(ownerId: string, documentId: string): Promise<void> {
    await this.#remove(ownerId, documentId);
  }

  async sweep(): Promise<number> {
    let removed = 0;
    for (const { ownerId, documentId } of await this.#writer.orphans()) {
      removed += await this.#remove(ownerId, documentId);
    }
    return removed;
  }

  async #remove(ownerId: string, documentId: string): Promise<number> {
    const input = { ownerId, documentId, limit: BATCH_ROWS };
    let removed = 0;
    for (;;) {
      const count = await this.#writer.writeBatch("removeChunks", input);
      removed += count;
      if (count < BATCH_ROWS) return removed;
    }
  }
}

class SqliteVectorStore implements VectorStore {
  readonly #db: Kysely<Schema>;
  readonly #writer: KnowledgeWriter;
  readonly #reader: DatabaseThread<ReaderOperations>;
  readonly #spaces: EmbeddingSpaces;

  constructor(
    db: Kysely<Schema>,
    writer: KnowledgeWriter,
    reader: DatabaseThread<ReaderOperations>,
    spaces: EmbeddingSpaces,
  ) {
    this.#db = db;
    this.#writer = writer;
    this.#reader = reader;
    this.#spaces = spaces;
  }

  async insert(
    ...[ownerId, documentId, space, vectors]: Parameters<VectorStore["insert"]>
  ): Promise<void> {
    for (const vector of vectors.values()) requireDimensions(space, vector);
    if (vectors.size === 0) return;
    const number = await this.#spaces.ensure(space);
    const { dimensions } = space;
    for (const batch of slices([...vectors], BATCH_ROWS)) {
      const flat = new Float32Array(batch.length * dimensions);
      for (const [index, [, vector]] of batch.entries()) flat.set(vector, index * dimensions);
      const chunkIds = batch.map(([id]) => id);
      const input = { ownerId, documentId, space: number, dimensions, chunkIds, vectors: flat };
      await this.#writer.writeBatch("insertVectors", input, [flat.buffer]);
    }
  }

  async missing(...[ownerId, documentId, space, limit]: Parameters<VectorStore["missing"]>) {
    const number = await this.#spaces.find(space);
    // Of a long document, it looks at every chunk that has one already.
    return readRows(
      this.#reader,
      chunksWithoutVector(this.#db, ownerId, documentId, number, limit),
    );
  }

  similarities(...asked: Parameters<VectorStore["similarities"]>): Promise<Map<string, number>> {
    return similaritiesTo(this.#db, this.#spaces, ...asked);
  }
}

/** Reads rows on the searching thread. */
function readRows<Row>(
  reader: DatabaseThread<ReaderOperations>,
  query: Compilable<Row>,
  signal?: AbortSignal,
): Promise<Row[]> {
  const { sql, parameters } = query.compile();
  return reader.call("read", { sql, parameters }, signal ? { signal } : {}) as Promise<Row[]>;
}

function createSearch(
  thread: DatabaseThread<ReaderOperations>,
  spaces: EmbeddingSpaces,
): ChunkSearch {
  return {
    lexical: (query, filter, limit, signal) =>
      thread.call("lexical", { query, filter, limit }, { signal }),
    async vector(space, vector, filter, limit, signal) {
      signal.throwIfAborted();
      requireDimensions(space, vector);
      const number = await spaces.find(space);
      if (number === null) return [];
      const copy: Vector = Float32Array.from(vector);
      return thread.call("vector", { space: number, vector: copy, filter, limit }, { signal });
    },
  };
}

/**
 * Puts the stores together. `onWriting` is called when the writing thread starts: from then on it, and no commit of
 * the event loop, brings the write-ahead log into the database.
 */
export function createSqliteKnowledge(
  db: Kysely<Schema>,
  file: string,
  onWriting: () => void,
): Knowledge {
  const writer = new KnowledgeWriter(db, file, onWriting);
  const reader = new DatabaseThread<ReaderOperations>(READER, file);
  const spaces = new EmbeddingSpaces(db);
  return {
    chunks: new SqliteChunkStore(db, writer),
    vectors: new SqliteVectorStore(db, writer, reader, spaces),
    embeddingSpaces: new SqlEmbeddingSpaceStore(db, spaces, {
      read: (query, signal) => readRows(reader, query, signal),
      retire: (limit) => writer.write("retireVectors", Math.min(limit, BATCH_ROWS)),
    }),
    search: createSearch(reader, spaces),
    searchPaths: () => Promise.resolve(SEARCH_PATHS),
    close: async () => {
      await Promise.all([writer.close(), reader.close()]);
    },
  };
}
