/** PostgreSQL with pgvector, in this process: PGlite, which has the extension beside it. */
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { type Driver, PGliteDialect, PGliteDriver } from "kysely";
import { openStoreOn } from "../../src/storage/postgres/open.ts";
import type { Store } from "../../src/workflow/ports/store.ts";

/** There is one session: whoever has it keeps it, as a transaction must, until it is given back. */
class OneSession extends PGliteDriver {
  #free: Promise<void> = Promise.resolve();
  #giveBack: () => void = () => {};

  override async acquireConnection() {
    const before = this.#free;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#free = promise;
    await before;
    this.#giveBack = resolve;
    return super.acquireConnection();
  }

  override async releaseConnection(): Promise<void> {
    this.#giveBack();
  }
}

class OneSessionDialect extends PGliteDialect {
  readonly #pglite: PGlite;

  constructor(pglite: PGlite) {
    super({ pglite });
    this.#pglite = pglite;
  }

  override createDriver(): Driver {
    return new OneSession({ pglite: this.#pglite });
  }
}

export interface VectorDatabase {
  readonly pglite: PGlite;
  /** A space gets an index at `indexFrom` vectors. Closing the store closes the database. */
  openStore(indexFrom: number): Promise<Store>;
}

/** An empty database, to which the extension can be added. */
export async function openVectorDatabase(): Promise<VectorDatabase> {
  const pglite = await PGlite.create({ extensions: { vector } });
  return {
    pglite,
    openStore: (indexFrom) => openStoreOn(new OneSessionDialect(pglite), { indexFrom }),
  };
}
