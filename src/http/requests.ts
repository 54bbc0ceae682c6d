/** The requests that are being answered. */

export class OpenRequests {
  readonly #open = new Set<Promise<void>>();

  /** Watches the work on one request. */
  async track(work: Promise<void>): Promise<void> {
    this.#open.add(work);
    try {
      await work;
    } finally {
      this.#open.delete(work);
    }
  }

  /** Resolves when nothing is being answered any more: then what the answers need may be closed. */
  async idle(): Promise<void> {
    while (this.#open.size > 0) await Promise.allSettled(this.#open);
  }
}
