/** The writing thread, which has the database to itself while it writes. */
import type { Kysely } from "kysely";
import type { Schema } from "../schema.ts";
import { DatabaseThread, entryOf } from "./database-thread.ts";
import type { ChunkBatch } from "./threads/chunk-writer.ts";
import type { WriterOperations } from "./threads/writer.ts";

const ENTRY = entryOf("writer");

/** Batches of one transaction: more would make others wait for long. */
const TOGETHER = 2;

/** A batch that waits for its turn. */
interface WaitingBatch {
  readonly batch: ChunkBatch;
  readonly resolve: (ids: string[] | null) => void;
  readonly reject: (error: unknown) => void;
}

/** Operations one at a time, in the order of their calls but for chunks, which wait for each other. */
export class KnowledgeWriter {
  readonly #db: Kysely<Schema>;
  readonly #thread: DatabaseThread<WriterOperations>;
  #last: Promise<unknown> = Promise.resolve();
  #tidied: Promise<unknown> = Promise.resolve();
  readonly #waiting: WaitingBatch[] = [];

  /** `onStart` is called each time before the thread starts. */
  constructor(db: Kysely<Schema>, file: string, onStart: () => void) {
    this.#db = db;
    this.#thread = new DatabaseThread(ENTRY, file, onStart);
  }

  /**
   * Calls an operation that writes. The statements of the event loop wait for its end without blocking, so that it
   * never meets a transaction of theirs; they wait for nothing else that the thread does, not even its start.
   */
  write<Name extends keyof WriterOperations>(
    operation: Name,
    input: Parameters<WriterOperations[Name]>[0],
    transfer: ArrayBuffer[] = [],
  ): Promise<ReturnType<WriterOperations[Name]>> {
    return this.#inTurn(async () => {
      if (!this.#thread.running) await this.#thread.call("checkpoint", null);
      const call = () => this.#thread.call(operation, input, { transfer });
      return this.#db.connection().execute(call);
    });
  }

  /** Documents that are gone and have left chunks. */
  orphans(): Promise<{ ownerId: string; documentId: string }[]> {
    return this.#inTurn(() => this.#thread.call("orphans", null));
  }

  /**
   * The same for an operation after which the index wants tidying. The caller does not wait for that, but the next
   * batch does, so that what is left to be done never grows.
   */
  writeBatch<Name extends keyof WriterOperations>(
    operation: Name,
    input: Parameters<WriterOperations[Name]>[0],
    transfer: ArrayBuffer[] = [],
  ): Promise<ReturnType<WriterOperations[Name]>> {
    const written = this.#tidied.then(() => this.write(operation, input, transfer));
    // What fails here is done after the next batch.
    this.#tidied = written.then(() => this.#tidy()).catch(() => {});
    return written;
  }

  /**
   * The ids under which chunks are stored, or null when there is no such document. Batches that wait for the tidying after the
   * last one are stored together; what is called meanwhile may come before them.
   */
  insertChunks(batch: ChunkBatch): Promise<string[] | null> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject });
      if (this.#waiting.length === 1) void this.#insertWaiting();
    });
  }

  async #insertWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#tidied;
      const taken = this.#waiting.slice(0, TOGETHER);
      try {
        const batches = taken.map(({ batch }) => batch);
        const stored = await this.writeBatch("insertChunks", batches);
        for (const [index, { resolve }] of taken.entries()) resolve(stored[index] ?? null);
      } catch (error) {
        for (const { reject } of taken) reject(error);
      }
      this.#waiting.splice(0, taken.length);
    }
  }

  /** Does what the last batch has left to be done: in short steps, between which others may write. */
  async #tidy(): Promise<void> {
    while (await this.write("mergeStep", null));
    await this.#inTurn(() => this.#thread.call("checkpoint", null));
  }

  async close(): Promise<void> {
    await this.#tidied;
    await this.#inTurn(() => this.#thread.close());
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }
}
