/** Ids: a prefix for the kind, and a ULID, so that they sort by the time of their making. */
import { monotonicFactory } from "ulid";
import type { IdPrefix } from "../contract/text.ts";

// Monotonic: two ids made in the same millisecond by this process still sort in their order.
const ulid = monotonicFactory();

/** A new id of the given kind; later ones of this process sort after it. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${ulid()}`;
}
