/**
 * In how many chunks of the store each word stands. Counting that for each question would read half the index, so
 * it is counted from time to time: when a fifth of the chunks has changed. A small set is counted exactly instead.
 */
import { type Kysely, sql } from "kysely";
import type { Schema } from "../schema.ts";

/** Of the chunks that were counted; and at least so many. */
const STALE_SHARE = 0.2;
const STALE_CHANGES = 1000;

/** Any number, the same in every version: one instance counts at a time. */
const LOCK = 5_264_001;

export interface StoreStatistics {
  readonly chunks: number;
  readonly averageLength: number;
}

function isStale(changes: number, chunks: number): boolean {
  return changes >= Math.max(STALE_CHANGES, chunks * STALE_SHARE);
}

export class TermStatistics {
  readonly #db: Kysely<Schema>;
  /** The count that changes have set off, while it is under way. */
  #refreshing: Promise<void> | null = null;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /** The figures as of the last count; the first time, it counts. */
  async read(signal: AbortSignal): Promise<StoreStatistics> {
    const known = await this.#last(signal);
    if (known.chunks > 0) return known;
    await this.refresh();
    return this.#last(signal);
  }

  /** Hears of chunks that came or went; counts again, with nobody waiting for it, when they are many. */
  async note(changes: number): Promise<void> {
    if (changes === 0) return;
    const { rows } = await sql<{ changes: number; chunks: number }>`
      update search_statistics set changes = changes + ${changes} returning changes, chunks`.execute(
      this.#db,
    );
    const row = rows[0];
    if (!row || !isStale(row.changes, row.chunks)) return;
    // When it fails, the next changes begin it again; what was counted last stays in use.
    this.#refreshing ??= this.refresh()
      .catch(() => {})
      .finally(() => {
        this.#refreshing = null;
      });
  }

  /** Counts again if the number of chunks is far from what it was: deleted documents take theirs along unnoticed. */
  async check(): Promise<void> {
    const { rows } = await sql<{ now: number; chunks: number }>`
      select (select count(*) from chunk_index) as now, chunks from search_statistics`.execute(
      this.#db,
    );
    const row = rows[0];
    if (row && isStale(Math.abs(row.now - row.chunks), row.chunks)) await this.refresh();
  }

  /** Counts all words anew, unless another instance is doing that already. */
  async refresh(): Promise<void> {
    const counted = await this.#db.transaction().execute((tx) => this.#count(tx));
    // New entries wait in a list that every search reads through; now they are sorted in.
    if (counted) await sql`select gin_clean_pending_list('chunk_index_words')`.execute(this.#db);
  }

  /** False when another instance is counting. */
  async #count(tx: Kysely<Schema>): Promise<boolean> {
    const { rows } = await sql<{ locked: boolean; changes: number }>`
      select pg_try_advisory_xact_lock(${LOCK}) as locked, changes from search_statistics`.execute(
      tx,
    );
    const [state] = rows;
    if (!state?.locked) return false;
    await sql`delete from search_terms`.execute(tx);
    await sql`
      insert into search_terms (word, chunks)
      select word, ndoc from ts_stat('select words from chunk_index') where word not like '#%'`.execute(
      tx,
    );
    // Last, because whoever notes a change waits for this row. What was noted meanwhile stays noted.
    await sql`
      update search_statistics set
        chunks = counted.n, average_length = counted.average, changes = greatest(0, changes - ${state.changes})
      from (select count(*) as n, coalesce(avg(length), 0) as average from chunk_index) as counted`.execute(
      tx,
    );
    return true;
  }

  /** Resolves when no count is under way. */
  async settled(): Promise<void> {
    await this.#refreshing;
  }

  async #last(signal: AbortSignal): Promise<StoreStatistics> {
    const { rows } = await sql<StoreStatistics>`
      select chunks, average_length as "averageLength" from search_statistics`.execute(this.#db, {
      signal,
    });
    return rows[0] ?? { chunks: 0, averageLength: 0 };
  }
}
