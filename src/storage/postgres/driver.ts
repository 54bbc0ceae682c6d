/** Kysely's driver for PostgreSQL, whose errors tell a database that is away from a statement that is wrong. */
import {
  type AbortableOperationOptions,
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  PostgresDialect,
  PostgresDriver,
} from "kysely";
import { DatabaseError, type Pool } from "pg";
import { UnavailableError } from "../../workflow/errors.ts";
import { currentOwner } from "./row-security.ts";

/** Clients may come back this soon when the database does not answer. */
const RETRY_MS = 1000;

/** What PostgreSQL says when it goes away or is not there yet: connections lost, shutting down, no room. */
const AWAY = /^(08|57P0|53300)/;

/** The driver's own errors may hold the whole client, its address and what it was doing: nothing for a log. */
export function withoutClient(error: Error): Error {
  // Where a name has several addresses, none of which answers, only the code says anything.
  const code = "code" in error ? String(error.code) : error.name;
  return new Error(error.message || code);
}

/** A prepared statement whose table has got another column since: prepared anew, it works. */
export function isOutdated(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return false;
  return error.code === "0A000" && error.routine === "RevalidateCachedQuery";
}

/** What has no SQLSTATE was not said by the server: then the way to it broke, and trying again helps. */
function toStoreError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof TypeError) return error;
  const isPassing = AWAY.test("code" in error ? String(error.code) : "") || isOutdated(error);
  if (error instanceof DatabaseError && !isPassing) return error;
  const away = new UnavailableError("UNAVAILABLE", "The database does not answer.", RETRY_MS);
  away.cause = withoutClient(error);
  return away;
}

function rethrow(error: unknown): never {
  throw toStoreError(error);
}

type Execute = DatabaseConnection["executeQuery"];

/** The bounds of a transaction are nobody's, and the last one of a transaction that has failed is all that it takes. */
const BOUNDARY = /^(?:begin|start transaction|commit|rollback|savepoint|release)\b/i;

const SET_OWNER = "select set_config('chatter.owner', $1, false)";

class TranslatingDriver extends PostgresDriver {
  /** For whom each connection is at the moment; absent where a transaction that was undone may have changed it. */
  readonly #owners = new WeakMap<DatabaseConnection, string>();
  readonly #known = new WeakSet<DatabaseConnection>();

  override async acquireConnection(
    options?: AbortableOperationOptions,
  ): Promise<DatabaseConnection> {
    const connection = await super.acquireConnection(options).catch(rethrow);
    if (!this.#known.has(connection)) {
      this.#known.add(connection);
      this.#owners.set(connection, "");
      const execute: Execute = connection.executeQuery.bind(connection);
      connection.executeQuery = (query, more) =>
        this.#executeFor(connection, execute, query, () => execute<never>(query, more));
    }
    return connection;
  }

  override async rollbackTransaction(
    connection: Parameters<PostgresDriver["rollbackTransaction"]>[0],
  ): Promise<void> {
    await super.rollbackTransaction(connection);
    this.#owners.delete(connection);
  }

  /** Says for whom a statement is, unless the one before it was for the same. */
  async #executeFor<Result>(
    connection: DatabaseConnection,
    execute: Execute,
    query: CompiledQuery,
    statement: () => Promise<Result>,
  ): Promise<Result> {
    const owner = currentOwner();
    try {
      if (this.#owners.get(connection) !== owner && !BOUNDARY.test(query.sql)) {
        await execute(CompiledQuery.raw(SET_OWNER, [owner]));
        this.#owners.set(connection, owner);
      }
      return await statement();
    } catch (error) {
      // Its transaction is undone, even where it is told to commit, and what was set in it too.
      this.#owners.delete(connection);
      throw toStoreError(error);
    }
  }
}

/** The dialect for a pool: while the database is away, every statement fails with an `UnavailableError`. */
export class TranslatingDialect extends PostgresDialect {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    super({ pool });
    this.#pool = pool;
  }

  override createDriver(): Driver {
    return new TranslatingDriver({ pool: this.#pool });
  }
}
