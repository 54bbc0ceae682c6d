/** Rows that are compared after a copy: a fair choice of each table, kept as their keys and a hash. */
import { createHash } from "node:crypto";
import type { Row } from "./tables.ts";

/** Of each table. */
const SAMPLES = 200;

export interface Sample {
  readonly key: Row;
  readonly hash: string;
}

/** The same for the same values, whichever engine they come from. */
export function hashOf(row: Row, columns: readonly string[]): string {
  const values = columns.map((column) => {
    const value = row[column];
    return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;
  });
  return createHash("sha256").update(JSON.stringify(values)).digest("base64");
}

/** Chooses rows that pass by, each with the same chance, however many there will be. */
export class Samples {
  readonly #columns: readonly string[];
  readonly #primaryKey: readonly string[];
  readonly #chosen: Sample[] = [];
  #seen = 0;

  constructor(columns: readonly string[], primaryKey: readonly string[]) {
    this.#columns = columns;
    this.#primaryKey = primaryKey;
  }

  offer(row: Row): void {
    const place = Math.floor(Math.random() * ++this.#seen);
    if (this.#chosen.length < SAMPLES) this.#chosen.push(this.#sampleOf(row));
    else if (place < SAMPLES) this.#chosen[place] = this.#sampleOf(row);
  }

  list(): readonly Sample[] {
    return this.#chosen;
  }

  #sampleOf(row: Row): Sample {
    const key = Object.fromEntries(this.#primaryKey.map((column) => [column, row[column] ?? null]));
    return { key, hash: hashOf(row, this.#columns) };
  }
}
