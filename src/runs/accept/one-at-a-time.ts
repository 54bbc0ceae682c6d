/** Work that must not be done twice at the same time. */

/** Does one piece of work at a time for each name, in the order of asking. */
export class OneAtATime {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Does `work` when all that was asked for before it under this name has ended, well or not. */
  async take<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name) ?? Promise.resolve();
    const turn = before.then(work, work);
    this.#last.set(name, turn);
    try {
      return await turn;
    } finally {
      if (this.#last.get(name) === turn) this.#last.delete(name);
    }
  }
}
