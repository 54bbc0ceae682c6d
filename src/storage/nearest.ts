/** The best of many, kept while they pass by. */

export interface Scored {
  readonly number: number;
  readonly score: number;
}

/** Keeps the `limit` highest scores; of equal ones, those that came first. */
export class Best {
  readonly #limit: number;
  readonly #kept: Scored[] = [];
  /** What a score must exceed to be kept. */
  #bar = Number.NEGATIVE_INFINITY;

  constructor(limit: number) {
    this.#limit = limit;
  }

  offer(number: number, score: number): void {
    if (!(score > this.#bar)) return;
    let place = this.#kept.length;
    while (place > 0 && (this.#kept[place - 1]?.score ?? score) < score) place--;
    this.#kept.splice(place, 0, { number, score });
    if (this.#kept.length > this.#limit) this.#kept.pop();
    if (this.#kept.length === this.#limit) this.#bar = this.#kept.at(-1)?.score ?? this.#bar;
  }

  /** Best first. */
  list(): readonly Scored[] {
    return this.#kept;
  }
}
