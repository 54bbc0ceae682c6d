/**
 * Indexes of pgvector over the signatures of vectors: one for each embedding space that is large, where an administrator
 * has installed the extension in the database. PostgreSQL keeps them, also for instances that know nothing of them;
 * so the extension may come and go at any time.
 */
import { type Kysely, sql } from "kysely";
import type { Schema } from "../schema.ts";

/** Up to so many vectors, reading all signatures takes less time than an index is worth. */
const INDEX_FROM = 20_000;

/** Vectors that come in between two looks at what has become large. */
const LOOK_AFTER = 5000;

/** The first version whose scans go on until a filter has enough. */
const FIRST_VERSION = [0, 8] as const;

/** pgvector's limit for bits. */
const MAX_DIMENSIONS = 64_000;

/** Any number, the same in every version: one instance builds at a time. */
const LOCK = 5_264_002;

export interface Extension {
  readonly version: string;
  /** Where its operators are: not every search path leads there. */
  readonly schema: string;
  readonly usable: boolean;
}

interface Space {
  readonly number: number;
  readonly dimensions: number;
}

function indexName(space: number | ""): string {
  return `chunk_vectors_near_${space}`;
}

function isUsable(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > FIRST_VERSION[0] || (major === FIRST_VERSION[0] && minor >= FIRST_VERSION[1]);
}

export class VectorIndexes {
  readonly #db: Kysely<Schema>;
  /** How many chunks or vectors make a set that is worth an index. */
  readonly from: number;
  #added = 0;
  /** The look that is under way. */
  #looking: Promise<void> | null = null;
  /** The session of the database that is building, if one is. */
  #builder: number | null = null;
  #closed = false;
  /** Why the last look failed; null when it did not. */
  #failure: string | null = null;

  /** `from` is for tests, which have no time for many vectors. */
  constructor(db: Kysely<Schema>, from = INDEX_FROM) {
    this.#db = db;
    this.from = from;
  }

  /** Hears of vectors that came in, and now and then looks, with nobody waiting for it. */
  note(added: number): void {
    this.#added += added;
    if (this.#added < Math.min(LOOK_AFTER, this.from)) return;
    this.#added = 0;
    this.look();
  }

  /** Builds in the background what is missing. When it fails, the next look tries again; searches need no index. */
  look(): void {
    this.#looking ??= this.build()
      .then(
        () => null,
        (error: unknown) => String(error),
      )
      .then((failure) => {
        this.#failure = failure;
      })
      .finally(() => {
        this.#looking = null;
      });
  }

  /** Breaks off the look that is under way, which may build for minutes; the next start goes on with it. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#builder !== null) {
      // Only what still holds the lock is building: the session may be doing something else by now.
      const cancel = sql`
        select pg_cancel_backend(pid) from pg_locks
        where locktype = 'advisory' and objid = ${LOCK} and pid = ${this.#builder}`;
      await cancel.execute(this.#db).catch(() => {});
    }
    await this.#looking;
  }

  /** What the database has of pgvector; null when it is not installed there. */
  async extension(signal?: AbortSignal): Promise<Extension | null> {
    const { rows } = await sql<{ version: string; schema: string }>`
      select e.extversion as version, n.nspname as schema
      from pg_extension e join pg_namespace n on n.oid = e.extnamespace
      where e.extname = 'vector'`.execute(this.#db, signal ? { signal } : {});
    const [row] = rows;
    return row ? { ...row, usable: isUsable(row.version) } : null;
  }

  /** The extension, when a space has an index that is whole; else null. */
  async of(space: number, signal: AbortSignal): Promise<Extension | null> {
    const { rows } = await sql`
      select 1 from pg_index where indexrelid = to_regclass(${indexName(space)}) and indisvalid`.execute(
      this.#db,
      { signal },
    );
    if (rows.length === 0) return null;
    const extension = await this.extension(signal);
    return extension?.usable ? extension : null;
  }

  /** Builds an index for each large space that has none, unless another instance is doing so. Does not hold up writers. */
  async build(): Promise<void> {
    const extension = await this.extension();
    if (!extension?.usable) return;
    await this.#db.connection().execute(async (connection) => {
      const { rows } = await sql<{ locked: boolean; session: number }>`
        select pg_try_advisory_lock(${LOCK}) as locked, pg_backend_pid() as session`.execute(
        connection,
      );
      const [state] = rows;
      if (!state?.locked) return;
      this.#builder = state.session;
      try {
        for (const space of await this.#large(connection)) {
          if (!this.#closed) await this.#buildOne(connection, extension, space);
        }
      } finally {
        this.#builder = null;
        await sql`select pg_advisory_unlock(${LOCK})`.execute(connection);
      }
    });
  }

  /** One line for whoever runs the server. */
  async describe(): Promise<string> {
    const how = "compared exactly in small sets, by signatures first in large ones";
    const extension = await this.extension();
    if (!extension) return `${how}; pgvector is not installed in the database`;
    const { version, usable } = extension;
    if (!usable) {
      const needed = FIRST_VERSION.join(".");
      return `${how}; pgvector ${version} is too old, ${needed} or later is needed: ALTER EXTENSION vector UPDATE`;
    }
    const names = await this.#built();
    const indexes = names.length > 0 ? `indexes: ${names.join(", ")}` : "no index yet";
    const failure = this.#failure === null ? "" : `; building one failed: ${this.#failure}`;
    return `${how}; pgvector ${version} from ${this.from.toLocaleString("en")} vectors on, ${indexes}${failure}`;
  }

  /** The names of the indexes that are whole. */
  async #built(): Promise<string[]> {
    const { rows } = await sql<{ name: string }>`
      select c.relname as name from pg_index i join pg_class c on c.oid = i.indexrelid
      where i.indrelid = 'chunk_vectors'::regclass and i.indisvalid
        and starts_with(c.relname, ${indexName("")})
      order by 1`.execute(this.#db);
    return rows.map(({ name }) => name);
  }

  /** Spaces with so many vectors, and without an index that is whole. */
  async #large(connection: Kysely<Schema>): Promise<Space[]> {
    const { rows } = await sql<Space>`
      select s.number, s.dimensions from embedding_spaces s
      where s.dimensions <= ${MAX_DIMENSIONS}
        and not exists (
          select 1 from pg_index
          where indexrelid = to_regclass(${indexName("")} || s.number) and indisvalid
        )
        and (
          select count(*) from (select 1 from chunk_vectors v where v.space = s.number limit ${this.from}) as few
        ) >= ${this.from}`.execute(connection);
    return rows;
  }

  async #buildOne(
    connection: Kysely<Schema>,
    { schema }: Extension,
    { number, dimensions }: Space,
  ): Promise<void> {
    const name = sql.id(indexName(number));
    // One that was broken off is there, and not whole.
    await sql`drop index concurrently if exists ${name}`.execute(connection);
    await sql`
      create index concurrently ${name} on chunk_vectors
      using hnsw ((signature::bit(${sql.lit(dimensions)})) ${sql.id(schema, "bit_hamming_ops")})
      where space = ${sql.lit(number)}`.execute(connection);
  }
}
