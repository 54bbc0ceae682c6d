/** Names that were heard a short while ago. */
export class Recent {
  readonly #forMs: number;
  readonly #now: () => number;
  /** Until when each is remembered; the one that was heard first comes first. */
  readonly #until = new Map<string, number>();

  /** `now`: a clock in milliseconds. */
  constructor(forMs: number, now: () => number = Date.now) {
    this.#forMs = forMs;
    this.#now = now;
  }

  /** Remembers a name from now on. */
  add(name: string): void {
    const now = this.#now();
    for (const [old, until] of this.#until) {
      if (until > now) break;
      this.#until.delete(old);
    }
    this.#until.delete(name);
    this.#until.set(name, now + this.#forMs);
  }

  has(name: string): boolean {
    return (this.#until.get(name) ?? 0) > this.#now();
  }
}
