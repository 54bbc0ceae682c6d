/** A thread's connection, with its statements prepared once. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

/** How long a thread waits for another writer: it holds up nothing but itself. */
const LOCK_WAIT_MS = 5000;

export class Connection {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** `cacheMegabytes` bounds the pages that it keeps in memory. */
  constructor(file: string, options: { readOnly: boolean; cacheMegabytes: number }) {
    this.#db = new DatabaseSync(file, { readOnly: options.readOnly, timeout: LOCK_WAIT_MS });
    this.#db.exec(`pragma cache_size = -${options.cacheMegabytes * 1024}`);
  }

  prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  exec(sql: string): void {
    this.#db.exec(sql);
  }

  /** The rows of a query; `T` is what its columns are. */
  all<T>(sql: string, ...parameters: SQLInputValue[]): T[] {
    return this.prepare(sql).all(...parameters) as unknown as T[];
  }

  /** Rows one after the other, none kept. */
  each<T>(sql: string, ...parameters: SQLInputValue[]): Iterable<T> {
    return this.prepare(sql).iterate(...parameters) as unknown as Iterable<T>;
  }

  /** Runs a statement and returns how many rows it changed. */
  run(sql: string, ...parameters: SQLInputValue[]): number {
    return Number(this.prepare(sql).run(...parameters).changes);
  }

  /** Inserts a row and returns its number, or null when there was a conflict. */
  insert(sql: string, ...parameters: SQLInputValue[]): number | null {
    const { changes, lastInsertRowid } = this.prepare(sql).run(...parameters);
    return Number(changes) === 0 ? null : Number(lastInsertRowid);
  }

  /** All or nothing, on the disk when it returns. */
  transaction<T>(work: () => T): T {
    this.#db.exec("begin immediate");
    try {
      const result = work();
      this.#db.exec("commit");
      return result;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("rollback");
      throw error;
    }
  }

  /** One state of the database for all that `work` reads. */
  snapshot<T>(work: () => T): T {
    this.#db.exec("begin");
    try {
      return work();
    } finally {
      if (this.#db.isTransaction) this.#db.exec("commit");
    }
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }
}
