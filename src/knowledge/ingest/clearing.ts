/** Removes what deleted documents have left: their chunks, vectors and sources. */
import type { JobHandler } from "../../workflow/ports/jobs.ts";
import type { Job } from "../../workflow/ports/stores/jobs.ts";
import type { ChunkStore } from "../../workflow/ports/stores/chunks.ts";
import type { SourceStore } from "../../workflow/ports/stores/sources.ts";
import type { ClearPayload } from "./kinds.ts";

export class Clearing implements JobHandler {
  readonly #stores: { readonly chunks: ChunkStore; readonly sources: SourceStore };

  constructor(stores: { readonly chunks: ChunkStore; readonly sources: SourceStore }) {
    this.#stores = stores;
  }

  async run({ payload }: Job): Promise<void> {
    const { ownerId, documentId } = payload as ClearPayload;
    await this.#stores.chunks.clear(ownerId, documentId);
    await this.#stores.sources.clear(ownerId, documentId);
  }

  /** Nobody finds anything of it any more; the sweeps remove it one day. */
  async giveUp(): Promise<void> {}
}
