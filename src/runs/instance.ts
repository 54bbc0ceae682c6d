/** This process as others see it: an id with a lease. What it holds may be taken over when the lease runs out. */
import { randomUUID } from "node:crypto";
import type { Store } from "../workflow/ports/store.ts";

/** How long an instance counts as alive after its last sign of life. */
const LEASE_MS = 5000;
const RENEW_MS = 1500;

/** The lease on a store that no other process can open: as long as the process lives. */
const FOREVER_MS = 100 * 365 * 24 * 3600 * 1000;

export class Instance {
  readonly #store: Store;
  readonly #onLost: () => void;
  readonly #onError: (error: unknown) => void;
  #id = randomUUID();
  #timer: NodeJS.Timeout | null = null;
  /** The renewal under way; one at a time, however slow the store is. */
  #renewal: Promise<void> | null = null;
  #stopped = false;

  /** `onLost` is called when the lease ran out: everything held under the old id is no longer ours. */
  constructor(store: Store, onLost: () => void, onError: (error: unknown) => void) {
    this.#store = store;
    this.#onLost = onLost;
    this.#onError = onError;
  }

  /** Part of every fence; another one after the lease was lost. */
  get id(): string {
    return this.#id;
  }

  async start(): Promise<void> {
    await this.#store.instances.register(this.#id, this.#store.shared ? LEASE_MS : FOREVER_MS);
    if (this.#store.shared) {
      this.#timer = setInterval(() => this.#begin(), RENEW_MS);
      this.#timer.unref();
    }
  }

  /** Gives the lease up at once, so that others need not wait for it to run out. The store is not used after that. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer) clearInterval(this.#timer);
    await this.#renewal;
    await this.#store.instances.leave(this.#id);
  }

  #begin(): void {
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = null;
    });
  }

  async #renew(): Promise<void> {
    try {
      if ((await this.#store.instances.renew(this.#id, LEASE_MS)) || this.#stopped) return;
      this.#id = randomUUID();
      this.#onLost();
      await this.#store.instances.register(this.#id, LEASE_MS);
    } catch (error) {
      // The database is away. Nobody can take over in the meantime either; the next renewal decides.
      this.#onError(error);
    }
  }
}
