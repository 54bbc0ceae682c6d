/** PostgreSQL with the extensions that searches can use, in this process: PGlite, which has them beside it. */
import { PGlite } from "@electric-sql/pglite";
import { pg_textsearch } from "@electric-sql/pglite-pg_textsearch";
import { vector } from "@electric-sql/pglite-pgvector";
import { type Driver, Kysely, PGliteDialect, PGliteDriver } from "kysely";
import { openStoreOn } from "../../src/storage/postgres/open.ts";
import {
  buildSearchIndexes,
  dropSearchIndexes,
  type IndexReport,
} from "../../src/storage/postgres/search-indexes.ts";
import type { SetSizes } from "../../src/storage/postgres/visible.ts";
import type { Schema } from "../../src/storage/schema.ts";
import type { Store } from "../../src/workflow/ports/store.ts";

/** There is one session: whoever has it keeps it, as a transaction must, until it is given back. */
class Session {
  #free: Promise<void> = Promise.resolve();

  /** Resolves to what gives it back. */
  async take(): Promise<() => void> {
    const before = this.#free;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#free = promise;
    await before;
    return resolve;
  }
}

class OneSessionDriver extends PGliteDriver {
  readonly #session: Session;
  #giveBack: () => void = () => {};

  constructor(pglite: PGlite, session: Session) {
    super({ pglite });
    this.#session = session;
  }

  override async acquireConnection() {
    this.#giveBack = await this.#session.take();
    return super.acquireConnection();
  }

  override async releaseConnection(): Promise<void> {
    this.#giveBack();
  }
}

class OneSessionDialect extends PGliteDialect {
  readonly #pglite: PGlite;
  readonly #session: Session;

  constructor(pglite: PGlite, session: Session) {
    super({ pglite });
    this.#pglite = pglite;
    this.#session = session;
  }

  override createDriver(): Driver {
    return new OneSessionDriver(this.#pglite, this.#session);
  }
}

export interface ExtensionDatabase {
  readonly pglite: PGlite;
  readonly db: Kysely<Schema>;
  /** Closing the store closes the database. */
  openStore(sizes: SetSizes): Promise<Store>;
  /** As `chatter db index`. */
  index(from?: number): Promise<IndexReport>;
  /** As `chatter db index --drop`. */
  dropIndexes(): Promise<readonly string[]>;
  /** How often an index was read; null when there is none that is whole. */
  scans(index: string): Promise<number | null>;
}

const never = new AbortController().signal;

/** An empty database, to which the extensions can be added. */
export async function openExtensionDatabase(): Promise<ExtensionDatabase> {
  const pglite = await PGlite.create({ extensions: { vector, pg_textsearch } });
  const dialect = new OneSessionDialect(pglite, new Session());
  const db = new Kysely<Schema>({ dialect });
  return {
    pglite,
    db,
    openStore: (sizes) => openStoreOn(dialect, { sizes }),
    index: (from = 0) => buildSearchIndexes(db, { from, onStep: () => {}, signal: never }),
    dropIndexes: () => dropSearchIndexes(db, never),
    async scans(index) {
      await pglite.query("select pg_stat_force_next_flush()");
      const { rows } = await pglite.query<{ scans: number }>(
        `select s.idx_scan::int as scans from pg_stat_user_indexes s join pg_index i using (indexrelid)
         where s.indexrelname = $1 and i.indisvalid`,
        [index],
      );
      return rows[0]?.scans ?? null;
    },
  };
}
