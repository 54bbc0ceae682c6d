/** Which embedding spaces are in use, and what is not in them yet, in SQL: the same on both engines. */
import { type Compilable, type Kysely, sql } from "kysely";
import type {
  EmbeddingSpaceStore,
  OwnedDocument,
  SpacesInUse,
} from "../../workflow/ports/stores/embedding-spaces.ts";
import type { EmbeddingSpace } from "../../workflow/ports/stores/vectors.ts";
import type { Schema } from "../schema.ts";
import type { EmbeddingSpaces } from "./vectors.ts";

/** What each engine does in its own way. */
export interface SpaceWork {
  /** Reads through many rows without blocking the event loop. */
  read<Row>(query: Compilable<Row>, signal: AbortSignal): Promise<Row[]>;
  retire(limit: number): Promise<number>;
}

export class SqlEmbeddingSpaceStore implements EmbeddingSpaceStore {
  readonly #db: Kysely<Schema>;
  readonly #spaces: EmbeddingSpaces;
  readonly #work: SpaceWork;

  constructor(db: Kysely<Schema>, spaces: EmbeddingSpaces, work: SpaceWork) {
    this.#db = db;
    this.#spaces = spaces;
    this.#work = work;
  }

  async current(): Promise<SpacesInUse> {
    const rows = await this.#db
      .selectFrom("spaces_in_use as used")
      .innerJoin("embedding_spaces as space", "space.number", "used.space")
      .select(["used.role", "space.provider", "space.model", "space.dimensions", "space.version"])
      .execute();
    const find = (wanted: string): EmbeddingSpace | null => {
      const row = rows.find(({ role }) => role === wanted);
      if (!row) return null;
      const { role: _, ...space } = row;
      return space;
    };
    return { inForce: find("in_force"), wanted: find("wanted") };
  }

  async want(space: EmbeddingSpace): Promise<void> {
    const number = await this.#spaces.ensure(space);
    await this.#db
      .insertInto("spaces_in_use")
      .values({ role: "wanted", space: number })
      .onConflict((conflict) => conflict.column("role").doUpdateSet({ space: number }))
      .execute();
  }

  async enforce(space: EmbeddingSpace): Promise<boolean> {
    const number = await this.#spaces.ensure(space);
    const result = await this.#db
      .insertInto("spaces_in_use")
      .columns(["role", "space"])
      .expression((query) =>
        query
          .selectFrom("spaces_in_use as used")
          .select([sql.lit<"in_force">("in_force").as("role"), "used.space"])
          .where("used.role", "=", "wanted")
          .where("used.space", "=", number),
      )
      .onConflict((conflict) => conflict.column("role").doUpdateSet({ space: number }))
      .executeTakeFirst();
    return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
  }

  async unembedded(
    space: EmbeddingSpace,
    after: string | null,
    limit: number,
    signal: AbortSignal,
  ): Promise<OwnedDocument[]> {
    signal.throwIfAborted();
    const number = await this.#spaces.ensure(space);
    let query = this.#db
      .selectFrom("documents as d")
      .select(["d.owner_id as ownerId", "d.id as documentId"])
      .where("d.status", "=", "ready")
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom("chunks as c")
            .select(sql.lit(1).as("one"))
            .whereRef("c.document_id", "=", "d.id")
            .where((chunk) =>
              chunk.not(
                chunk.exists(
                  chunk
                    .selectFrom("chunk_vectors as v")
                    .select(sql.lit(1).as("one"))
                    .whereRef("v.chunk", "=", "c.number")
                    .where("v.space", "=", number),
                ),
              ),
            ),
        ),
      )
      .orderBy("d.id")
      .limit(limit);
    if (after !== null) query = query.where("d.id", ">", after);
    return this.#work.read(query, signal);
  }

  retire(limit: number): Promise<number> {
    return this.#work.retire(limit);
  }
}
