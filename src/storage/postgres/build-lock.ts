/** One command at a time builds or drops indexes, over all machines. */
import { type Kysely, sql } from "kysely";
import { WorkflowConfigurationError } from "../../workflow/errors.ts";
import type { Schema } from "../schema.ts";

/** Any number, the same in every version. */
const LOCK = 5_264_002;

/**
 * Does the work on a connection of its own that holds the lock. When the signal aborts, the statement that is under way is broken
 * off, and the signal's reason is thrown. Throws a `WorkflowConfigurationError` while somebody else has the lock.
 */
export async function withBuildLock<Result>(
  db: Kysely<Schema>,
  signal: AbortSignal,
  work: (connection: Kysely<Schema>) => Promise<Result>,
): Promise<Result> {
  return db.connection().execute(async (connection) => {
    const { rows } = await sql<{ locked: boolean; session: number }>`
      select pg_try_advisory_lock(${LOCK}) as locked, pg_backend_pid() as session`.execute(
      connection,
    );
    const [state] = rows;
    if (!state?.locked) {
      throw new WorkflowConfigurationError(
        "Indexes of this database are being made or dropped by another chatter db index. Wait for it to end.",
      );
    }
    const cancel = (): void => {
      const statement = sql`select pg_cancel_backend(${state.session})`;
      // Without it, the statement goes on to its end.
      void statement.execute(db).catch(() => {});
    };
    signal.addEventListener("abort", cancel, { once: true });
    try {
      // Building takes as long as it takes.
      await sql`select set_config('statement_timeout', '0', false), set_config('lock_timeout', '0', false)`.execute(
        connection,
      );
      return await work(connection);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", cancel);
      await sql`select pg_advisory_unlock(${LOCK})`.execute(connection);
    }
  });
}
