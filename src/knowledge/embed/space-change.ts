/** Brings all documents into the space of the model that is configured, while searches go on in the old one. */
import { NotFoundError, ProviderError } from "../../workflow/errors.ts";
import type { EmbeddingSpaceStore } from "../../workflow/ports/stores/embedding-spaces.ts";
import type { EmbeddingSpace } from "../../workflow/ports/stores/vectors.ts";
import type { DocumentEmbedder } from "./document-embedder.ts";
import { embedFor, type EmbeddingModels, isSameSpace } from "./models.ts";

/** Documents that are asked for, and vectors that are removed, at a time. */
const BATCH_DOCUMENTS = 20;
const BATCH_VECTORS = 200;

export interface SpaceChangePorts {
  readonly spaces: EmbeddingSpaceStore;
  readonly models: EmbeddingModels;
  readonly embedder: Pick<DocumentEmbedder, "embedIn">;
  /** Hears of documents that their model refuses; they are found by their words only. */
  readonly onSetback: (error: Error) => void;
}

/** `superseded`: a server that was started later wants another space, and sees to that itself. */
export type SpaceChangeOutcome = "in force" | "superseded";

/**
 * The space in force is pinned for the whole server in the store: a collection cannot have vectors of two models that are
 * compared with each other, because no search can. When another model is configured, all documents are embedded anew, and
 * then its space comes into force for all collections and instances in one step.
 */
export class SpaceChange {
  readonly #ports: SpaceChangePorts;
  /** What this server has said that it wants. */
  #announced: EmbeddingSpace | null = null;

  constructor(ports: SpaceChangePorts) {
    this.#ports = ports;
  }

  /**
   * One pass, to be run when a server starts and now and then: it also embeds what was taken in while the model was away.
   * What it has done stays done: after a kill, the next pass goes on with what is missing. Several at a time do no harm, but
   * the same work twice. Vectors of a space that is no longer used are removed by the pass after the one that replaced it,
   * when no search is still about to look there. Throws a `ProviderError` when the model fails (try again later), and
   * the signal's reason when it aborts.
   */
  async run(signal: AbortSignal): Promise<SpaceChangeOutcome> {
    const { spaces } = this.#ports;
    const target = await this.#announce(signal);
    const { inForce, wanted } = await spaces.current();
    if (!isSameSpace(wanted, target)) return "superseded";
    if (isSameSpace(inForce, target)) await this.#retire(signal);
    await this.#embedAll(target, signal);
    if (isSameSpace(inForce, target)) return "in force";
    signal.throwIfAborted();
    if (!(await spaces.enforce(target))) return "superseded";
    // Another instance may have taken something in before it knew what is wanted.
    await this.#embedAll(target, signal);
    return "in force";
  }

  /** Says once which space this server wants; who said so last is right, so an old instance does not change it back. */
  async #announce(signal: AbortSignal): Promise<EmbeddingSpace> {
    if (this.#announced) return this.#announced;
    const target = await this.#ports.models.configured.space(signal);
    await this.#ports.spaces.want(target);
    this.#announced = target;
    return target;
  }

  async #retire(signal: AbortSignal): Promise<void> {
    do signal.throwIfAborted();
    while ((await this.#ports.spaces.retire(BATCH_VECTORS)) > 0);
  }

  async #embedAll(space: EmbeddingSpace, signal: AbortSignal): Promise<void> {
    const { spaces } = this.#ports;
    let after: string | null = null;
    for (;;) {
      const found = await spaces.unembedded(space, after, BATCH_DOCUMENTS, signal);
      for (const { ownerId, documentId } of found) {
        await this.#embedOne(space, ownerId, documentId, signal);
        after = documentId;
      }
      if (found.length < BATCH_DOCUMENTS) return;
    }
  }

  /** A document that the model refuses must not hold up all others, but a model that is away must. */
  async #embedOne(
    space: EmbeddingSpace,
    ownerId: string,
    documentId: string,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await this.#ports.embedder.embedIn(space, ownerId, documentId, async () => {}, signal);
    } catch (error) {
      signal.throwIfAborted();
      // It was deleted meanwhile.
      if (error instanceof NotFoundError) return;
      if (!(error instanceof ProviderError) || error.retryable) throw error;
      const { configured } = this.#ports.models;
      await embedFor(space, configured, ["Does it answer?"], "passage", signal);
      this.#ports.onSetback(error);
    }
  }
}
