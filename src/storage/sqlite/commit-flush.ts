/**
 * Commits that are on the disk before they are answered for, while the event loop goes on. SQLite waits for the disk
 * in the middle of a commit, for some milliseconds and, on a busy disk, for a hundred. So it is told not to, and the
 * write-ahead log is flushed afterwards, by a thread of Node's pool. That is the same promise: a commit is whole in
 * the log when it returns, and before anything is brought from the log into the database, SQLite flushes the log itself.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { UnavailableError } from "../../workflow/errors.ts";

const RETRY_MS = 1000;

export class CommitFlush {
  readonly #db: DatabaseSync;
  readonly #count: StatementSync;
  #flush: (() => Promise<void>) | null = null;
  /** Rows that this connection had changed in its life when they were last flushed. */
  #flushed: unknown = null;
  #failure: UnavailableError | null = null;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#count = db.prepare("select total_changes() as changes");
  }

  /** From now on SQLite does not wait for the disk, but `settled` does; `flush` brings the log to the disk. */
  start(flush: () => Promise<void>): void {
    this.#flush = flush;
    this.#flushed = this.#changes();
    this.#db.exec("pragma synchronous = normal");
  }

  /**
   * Resolves when all that was committed is on the disk; changes of the schema are not looked at. Call it after each
   * statement. Throws an `UnavailableError` when the disk refuses: nobody knows then what is on it.
   */
  async settled(): Promise<void> {
    if (!this.#flush || this.#db.isTransaction) return;
    const changes = this.#changes();
    if (changes === this.#flushed) return;
    try {
      await this.#flush();
      this.#flushed = changes;
    } catch (cause) {
      const message = "The disk did not take what was written. Look at the disk, then start again.";
      this.#failure = new UnavailableError("UNAVAILABLE", message, RETRY_MS);
      this.#failure.cause = cause;
      throw this.#failure;
    }
  }

  /** After a refusal the system forgets what it could not write, and the next flush succeeds: so there is none. */
  throwIfFailed(): void {
    if (this.#failure) throw this.#failure;
  }

  #changes(): unknown {
    return this.#count.get()?.["changes"];
  }
}
