/** Writes chunks, their words and their vectors: each call one transaction. */
import type { NewChunk } from "../../../workflow/ports/stores/chunks.ts";
import { ownerWord, toSplittableText } from "../../words.ts";
import { bytesOf } from "../../vectors.ts";
import type { Connection } from "./connection.ts";

export interface ChunkBatch {
  readonly ownerId: string;
  readonly documentId: string;
  readonly chunks: readonly NewChunk[];
}

/** A batch whose chunks are in the table. */
interface PlacedBatch {
  readonly batch: ChunkBatch;
  /** Of its document. */
  readonly title: string;
  /** Of each chunk; null of those that were there before. */
  readonly numbers: readonly (number | null)[];
}

export interface VectorBatch {
  readonly ownerId: string;
  readonly documentId: string;
  readonly space: number;
  readonly dimensions: number;
  readonly chunkIds: readonly string[];
  /** One after the other, in the order of the ids. */
  readonly vectors: Float32Array;
}

const INSERT_CHUNK = `
  insert into chunks (id, owner_id, document_id, ordinal, text, heading, page, start_offset, end_offset, tokens)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  on conflict (document_id, ordinal) do nothing`;

const INSERT_WORDS = "insert into chunk_index (rowid, title, text, owner) values (?, ?, ?, ?)";

const COUNT_REMOVALS = `
  insert into vector_removals (space, owner_id, removals) values (?, ?, 1)
  on conflict (space, owner_id) do update set removals = removals + 1`;

const RETIRED = `
  select number, space, owner_id as owner from chunk_vectors
  where space in (
    select number from embedding_spaces where number not in (select space from spaces_in_use)
  ) limit ?`;

export class ChunkWriter {
  readonly #db: Connection;

  constructor(db: Connection) {
    this.#db = db;
  }

  /**
   * Stores batches together: of each, the ids under which its chunks are stored, or null when there is no such document.
   * Fewer and larger pieces of the index cost less than many small ones, which are merged later.
   */
  insertChunks(batches: readonly ChunkBatch[]): (string[] | null)[] {
    return this.#db.transaction(() => {
      const placed = batches.map((batch) => this.#place(batch));
      // All words after all chunks: FTS5 writes what it has gathered whenever another table's turn comes.
      for (const each of placed) if (each) this.#indexWords(each);
      return placed.map((each) => each && this.#idsOf(each));
    });
  }

  #place(batch: ChunkBatch): PlacedBatch | null {
    const { ownerId, documentId, chunks } = batch;
    const [document] = this.#db.all<{ title: string }>(
      "select title from documents where id = ? and owner_id = ?",
      documentId,
      ownerId,
    );
    if (!document) return null;
    const numbers = chunks.map((chunk) => this.#insertChunk(ownerId, documentId, chunk));
    return { batch, title: document.title, numbers };
  }

  #indexWords({ batch, title, numbers }: PlacedBatch): void {
    const owner = ownerWord(batch.ownerId);
    const titleWords = toSplittableText(title);
    for (const [index, { heading, text }] of batch.chunks.entries()) {
      const number = numbers[index];
      if (number === null || number === undefined) continue;
      const titles = heading === null ? titleWords : `${titleWords} ${toSplittableText(heading)}`;
      this.#db.run(INSERT_WORDS, number, titles, toSplittableText(text), owner);
    }
  }

  #idsOf({ batch, numbers }: PlacedBatch): string[] {
    return batch.chunks.map((chunk, index) =>
      numbers[index] === null ? this.#storedId(batch.documentId, chunk) : chunk.id,
    );
  }

  /** Its number, or null when the document has a chunk of this ordinal. */
  #insertChunk(ownerId: string, documentId: string, chunk: NewChunk): number | null {
    return this.#db.insert(
      INSERT_CHUNK,
      chunk.id,
      ownerId,
      documentId,
      chunk.ordinal,
      chunk.text,
      chunk.heading,
      chunk.page,
      chunk.start,
      chunk.end,
      chunk.tokens,
    );
  }

  #storedId(documentId: string, { id, ordinal }: NewChunk): string {
    const [row] = this.#db.all<{ id: string }>(
      "select id from chunks where document_id = ? and ordinal = ?",
      documentId,
      ordinal,
    );
    return row?.id ?? id;
  }

  insertVectors({ ownerId, documentId, space, dimensions, chunkIds, vectors }: VectorBatch): void {
    this.#db.transaction(() => {
      let replaced = 0;
      for (const [index, chunkId] of chunkIds.entries()) {
        const [chunk] = this.#db.all<{ number: number }>(
          "select number from chunks where id = ? and document_id = ? and owner_id = ?",
          chunkId,
          documentId,
          ownerId,
        );
        if (!chunk) continue;
        replaced += this.#db.run(
          "delete from chunk_vectors where chunk = ? and space = ?",
          chunk.number,
          space,
        );
        this.#db.run(
          "insert into chunk_vectors (space, chunk, owner_id, document_id, vector) values (?, ?, ?, ?, ?)",
          space,
          chunk.number,
          ownerId,
          documentId,
          bytesOf(vectors.subarray(index * dimensions, (index + 1) * dimensions)),
        );
      }
      if (replaced > 0) this.#db.run(COUNT_REMOVALS, space, ownerId);
    });
  }

  /** Removes up to `limit` chunks of a document with all that belongs to them; returns how many. */
  removeChunks(batch: { ownerId: string; documentId: string; limit: number }): number {
    const { ownerId, documentId, limit } = batch;
    return this.#db.transaction(() => {
      const numbers = this.#db
        .all<{ number: number }>(
          "select number from chunks where document_id = ? and owner_id = ? limit ?",
          documentId,
          ownerId,
          limit,
        )
        .map(({ number }) => number);
      for (const number of numbers) this.#db.run("delete from chunks where number = ?", number);
      for (const number of numbers) this.#db.run("delete from chunk_index where rowid = ?", number);
      const spaces = new Set(numbers.flatMap((number) => this.#removeVectors(number)));
      for (const space of spaces) this.#db.run(COUNT_REMOVALS, space, ownerId);
      return numbers.length;
    });
  }

  /** The spaces in which the chunk had a vector. */
  #removeVectors(chunk: number): number[] {
    return this.#db
      .all<{ space: number }>("delete from chunk_vectors where chunk = ? returning space", chunk)
      .map(({ space }) => space);
  }

  /** Removes up to `limit` vectors of spaces that are not in use; returns how many. */
  retireVectors(limit: number): number {
    return this.#db.transaction(() => {
      const removed = this.#db.all<{ number: number; space: number; owner: string }>(
        RETIRED,
        limit,
      );
      for (const { number } of removed) {
        this.#db.run("delete from chunk_vectors where number = ?", number);
      }
      const sets = new Map(
        removed.map(({ space, owner }) => [`${space} ${owner}`, { space, owner }]),
      );
      for (const { space, owner } of sets.values()) this.#db.run(COUNT_REMOVALS, space, owner);
      return removed.length;
    });
  }

  /** Documents that are gone and have left chunks. */
  orphans(_: null): { ownerId: string; documentId: string }[] {
    return this.#db.all(`
      select distinct owner_id as ownerId, document_id as documentId from chunks
      where not exists (select 1 from documents where documents.id = chunks.document_id)`);
  }
}
