/** Scanners look for something in a text that comes in pieces, and know what of it can be shown already. */

/** A part of a text, by offsets from its beginning in UTF-16 code units. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** What is shown in its place; null when the text must not go on. */
  readonly replacement: string | null;
}

/**
 * Reads one text from its beginning. The pieces are cut between two characters; what is found does not depend
 * on where.
 */
export interface Scanner {
  /** Takes the next piece. Returns what is certain by now and was not returned before. */
  push(piece: string): readonly Span[];
  /** Returns what is found besides if the text ends here. It may go on nevertheless, with what is shown by then. */
  pause(): readonly Span[];
  /** What stands before this offset is settled: it is part of no span but those that were returned. */
  readonly settled: number;
}

/** Several scanners over the same text, as one. What they find may overlap. */
export class ScannerGroup implements Scanner {
  readonly #scanners: readonly Scanner[];

  constructor(scanners: readonly Scanner[]) {
    this.#scanners = scanners;
  }

  push(piece: string): readonly Span[] {
    return this.#all((scanner) => scanner.push(piece));
  }

  pause(): readonly Span[] {
    return this.#all((scanner) => scanner.pause());
  }

  get settled(): number {
    let settled = Number.POSITIVE_INFINITY;
    for (const scanner of this.#scanners) settled = Math.min(settled, scanner.settled);
    return settled;
  }

  #all(look: (scanner: Scanner) => readonly Span[]): readonly Span[] {
    let all: readonly Span[] = [];
    for (const scanner of this.#scanners) {
      const found = look(scanner);
      if (found.length > 0) all = [...all, ...found];
    }
    return all;
  }
}
