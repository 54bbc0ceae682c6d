/** Gives the chunks of a document their vectors. */
import type { Chunk } from "../../contract/documents.ts";
import { NotFoundError, WorkflowError } from "../../workflow/errors.ts";
import type { EmbeddingSpaceStore } from "../../workflow/ports/stores/embedding-spaces.ts";
import type { Embedder } from "../../workflow/ports/search-models.ts";
import type { DocumentStore } from "../../workflow/ports/stores/documents.ts";
import type { EmbeddingSpace, VectorStore } from "../../workflow/ports/stores/vectors.ts";
import { embedFor, type EmbeddingModels, isSameSpace } from "./models.ts";

/** Chunks whose vectors are made and stored at a time: what is lost, and made again, when a server is killed. */
const BATCH_CHUNKS = 128;

export interface DocumentEmbedderPorts {
  readonly documents: Pick<DocumentStore, "get">;
  readonly vectors: Pick<VectorStore, "missing" | "insert">;
  readonly spaces: Pick<EmbeddingSpaceStore, "current" | "want">;
  readonly models: EmbeddingModels;
  /** Hears of failures that are gone on without. */
  readonly onSetback: (error: Error) => void;
}

/** What a model reads of a chunk: a passage alone often does not say what it is about. */
function textOf(title: string, { heading, text }: Chunk): string {
  return [title, heading, text].filter(Boolean).join("\n");
}

export class DocumentEmbedder {
  readonly #ports: DocumentEmbedderPorts;

  constructor(ports: DocumentEmbedderPorts) {
    this.#ports = ports;
  }

  /**
   * Embeds those chunks of a document that have no vector yet; called again, it goes on where it was cut off. While another
   * model is on its way in, they get a vector of the old one as well, so that searches find the document at once; if that
   * one fails, it is found by its words until the new one is in force. `onProgress` hears after each batch how many chunks
   * have been embedded by this call. Throws a `ProviderError` when the model fails, `NotFoundError` when the document is gone,
   * and the signal's reason when it aborts.
   */
  async embedDocument(
    ownerId: string,
    documentId: string,
    onProgress: (chunks: number) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const { spaces, models, onSetback } = this.#ports;
    const { inForce, wanted: known } = await spaces.current();
    const wanted = known ?? (await models.configured.space(signal));
    if (!known) await spaces.want(wanted);
    await this.embedIn(wanted, ownerId, documentId, onProgress, signal);
    if (!inForce || isSameSpace(inForce, wanted)) return;
    try {
      await this.embedIn(inForce, ownerId, documentId, async () => {}, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof WorkflowError) || error instanceof NotFoundError) throw error;
      onSetback(error);
    }
  }

  /** The same in one space. Does nothing where its model is not to be had at this server: another one does it. */
  async embedIn(
    space: EmbeddingSpace,
    ownerId: string,
    documentId: string,
    onProgress: (chunks: number) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const { documents, models } = this.#ports;
    const embedder = models.of(space);
    if (!embedder) return;
    const document = await documents.get(ownerId, documentId);
    if (!document) throw new NotFoundError(`Document ${documentId}`);
    for (let done = 0; ;) {
      signal.throwIfAborted();
      const embedded = await this.#embedBatch(space, embedder, { ownerId, ...document }, signal);
      if (embedded === 0) return;
      await onProgress((done += embedded));
    }
  }

  async #embedBatch(
    space: EmbeddingSpace,
    embedder: Embedder,
    { ownerId, id, title }: { ownerId: string; id: string; title: string },
    signal: AbortSignal,
  ): Promise<number> {
    const { vectors } = this.#ports;
    const chunks = await vectors.missing(ownerId, id, space, BATCH_CHUNKS);
    if (chunks.length === 0) return 0;
    const texts = chunks.map((chunk) => textOf(title, chunk));
    const made = await embedFor(space, embedder, texts, "passage", signal);
    const byChunk = chunks.flatMap((chunk, index) => {
      const vector = made[index];
      return vector ? [[chunk.id, vector] as const] : [];
    });
    await vectors.insert(ownerId, id, space, new Map(byChunk));
    return chunks.length;
  }
}
