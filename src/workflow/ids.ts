/** Ids: a prefix for the kind, and a ULID, so that they sort by the time of their making. */
import { monotonicFactory } from "ulid";
import type { IdPrefix } from "../contract/text.ts";

/** Random bytes that were drawn together: a draw for each character would cost more than all the rest of an id. */
const pool = new Uint8Array(1024);
let used = pool.length;

/** A random fraction, 0 to less than 1, of one byte: all that a character of an id needs. */
function random(): number {
  if (used === pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  return (pool[used++] ?? 0) / 256;
}

// Monotonic: two ids made in the same millisecond by this process still sort in their order.
const ulid = monotonicFactory(random);

/** A new id of the given kind; later ones of this process sort after it. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${ulid()}`;
}
