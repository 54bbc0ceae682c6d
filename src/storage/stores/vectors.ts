/** Embedding spaces and the vectors of single chunks in SQL: the same on both engines. */
import type { Kysely } from "kysely";
import type { EmbeddingSpace, Vector, VectorStore } from "../../workflow/ports/stores/vectors.ts";
import type { Schema } from "../schema.ts";
import { cosine, toVector } from "../vectors.ts";

/** Knows the numbers of embedding spaces; a space that was made once stays. */
export class EmbeddingSpaces {
  readonly #db: Kysely<Schema>;
  readonly #known = new Map<string, number>();

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /** The number of a space, or null when nothing was ever stored in it. */
  async find(space: EmbeddingSpace): Promise<number | null> {
    const known = this.#known.get(keyOf(space));
    if (known !== undefined) return known;
    const row = await this.#db
      .selectFrom("embedding_spaces")
      .select("number")
      .where("provider", "=", space.provider)
      .where("model", "=", space.model)
      .where("dimensions", "=", space.dimensions)
      .where("version", "=", space.version)
      .executeTakeFirst();
    if (!row) return null;
    this.#known.set(keyOf(space), row.number);
    return row.number;
  }

  /** The number of a space, which is made if it does not exist. */
  async ensure(space: EmbeddingSpace): Promise<number> {
    const known = await this.find(space);
    if (known !== null) return known;
    const { provider, model, dimensions, version } = space;
    await this.#db
      .insertInto("embedding_spaces")
      .values({ provider, model, dimensions, version })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const made = await this.find(space);
    if (made === null) throw new Error("The embedding space could not be made.");
    return made;
  }
}

function keyOf({ provider, model, dimensions, version }: EmbeddingSpace): string {
  return JSON.stringify([provider, model, dimensions, version]);
}

/** Throws a `RangeError` when a vector has not the dimensions of its space. */
export function requireDimensions({ dimensions, model }: EmbeddingSpace, vector: Vector): void {
  if (vector.length === dimensions) return;
  throw new RangeError(
    `A vector of ${vector.length} dimensions does not belong to the vectors of ${model}, which have ${dimensions}.`,
  );
}

/** `VectorStore.similarities`: it compares a few chunks, so the event loop does it. */
export async function similaritiesTo(
  db: Kysely<Schema>,
  spaces: EmbeddingSpaces,
  ...[ownerId, space, vector, chunkIds, signal]: Parameters<VectorStore["similarities"]>
): Promise<Map<string, number>> {
  signal.throwIfAborted();
  requireDimensions(space, vector);
  const number = await spaces.find(space);
  if (number === null || chunkIds.length === 0) return new Map();
  const rows = await db
    .selectFrom("chunks")
    .innerJoin("chunk_vectors", "chunk_vectors.chunk", "chunks.number")
    .select(["chunks.id", "chunk_vectors.vector"])
    .where("chunks.id", "in", chunkIds)
    .where("chunks.owner_id", "=", ownerId)
    .where("chunk_vectors.owner_id", "=", ownerId)
    .where("chunk_vectors.space", "=", number)
    .execute();
  return new Map(rows.map((row) => [row.id, cosine(vector, toVector(row.vector))]));
}
