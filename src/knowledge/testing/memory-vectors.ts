/** What embedding needs of a store, in memory: documents of one owner, their chunks, vectors and spaces. */
import type { Chunk } from "../../contract/documents.ts";
import type {
  EmbeddingSpaceStore,
  OwnedDocument,
  SpacesInUse,
} from "../../workflow/ports/stores/embedding-spaces.ts";
import type { EmbeddingSpace, Vector } from "../../workflow/ports/stores/vectors.ts";

interface KeptDocument {
  status: string;
  readonly chunks: readonly Chunk[];
}

function keyOf({ provider, model, dimensions, version }: EmbeddingSpace): string {
  return JSON.stringify([provider, model, dimensions, version]);
}

export class MemoryVectors implements EmbeddingSpaceStore {
  readonly documents = new Map<string, KeptDocument>();
  /** By space, then by chunk. */
  readonly #vectors = new Map<string, Map<string, Vector>>();
  #inForce: EmbeddingSpace | null = null;
  #wanted: EmbeddingSpace | null = null;
  /** Called after each insertion of vectors. */
  onInsert: () => Promise<void> = () => Promise.resolve();

  add(id: string, count: number, status: string): void {
    const chunks = Array.from({ length: count }, (_, ordinal) => ({
      id: `${id}-${ordinal}`,
      document_id: id,
      ordinal,
      text: `text ${ordinal} of ${id}`,
      heading: "Heading",
      page: null,
      start: 0,
      end: 1,
      tokens: 1,
    }));
    this.documents.set(id, { status, chunks });
  }

  ready(id: string): void {
    const document = this.documents.get(id);
    if (document) document.status = "ready";
  }

  countIn(space: EmbeddingSpace): number {
    return this.#vectors.get(keyOf(space))?.size ?? 0;
  }

  get(_owner: string, id: string): Promise<object | null> {
    return Promise.resolve(this.documents.has(id) ? { id, title: `Title of ${id}` } : null);
  }

  missing(_owner: string, id: string, space: EmbeddingSpace, limit: number): Promise<Chunk[]> {
    return Promise.resolve(this.#without(id, space).slice(0, limit));
  }

  async insert(
    _owner: string,
    _id: string,
    space: EmbeddingSpace,
    vectors: ReadonlyMap<string, Vector>,
  ): Promise<void> {
    const kept = this.#vectors.get(keyOf(space)) ?? new Map<string, Vector>();
    for (const [chunk, vector] of vectors) kept.set(chunk, vector);
    this.#vectors.set(keyOf(space), kept);
    await this.onInsert();
  }

  current(): Promise<SpacesInUse> {
    return Promise.resolve({ inForce: this.#inForce, wanted: this.#wanted });
  }

  want(space: EmbeddingSpace): Promise<void> {
    this.#wanted = space;
    return Promise.resolve();
  }

  enforce(space: EmbeddingSpace): Promise<boolean> {
    if (!this.#wanted || keyOf(this.#wanted) !== keyOf(space)) return Promise.resolve(false);
    this.#inForce = space;
    return Promise.resolve(true);
  }

  unembedded(space: EmbeddingSpace, after: string | null, limit: number): Promise<OwnedDocument[]> {
    const found = [...this.documents]
      .filter(([id, { status }]) => status === "ready" && id > (after ?? ""))
      .filter(([id]) => this.#without(id, space).length > 0)
      .map(([documentId]) => ({ ownerId: "ada", documentId }))
      .toSorted((a, b) => (a.documentId < b.documentId ? -1 : 1));
    return Promise.resolve(found.slice(0, limit));
  }

  retire(limit: number): Promise<number> {
    const used = [this.#inForce, this.#wanted].map((space) => (space ? keyOf(space) : null));
    const [space, vectors] = [...this.#vectors].find(
      ([key, { size }]) => size > 0 && !used.includes(key),
    ) ?? [null, new Map()];
    const removed = space === null ? [] : [...vectors.keys()].slice(0, limit);
    for (const chunk of removed) vectors.delete(chunk);
    return Promise.resolve(removed.length);
  }

  #without(id: string, space: EmbeddingSpace): Chunk[] {
    const kept = this.#vectors.get(keyOf(space));
    return (this.documents.get(id)?.chunks ?? []).filter((chunk) => !kept?.has(chunk.id));
  }
}
