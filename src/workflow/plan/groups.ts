/** A/B tests: which group a user is in. */

/** FNV-1a, 32 bits: spreads names evenly; nothing here is secret. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}

/**
 * The group of a user; null when there are none. It follows from the user's id alone, so it is the same on every
 * instance and after every restart.
 */
export function groupOf(userId: string, groups: readonly string[]): string | null {
  return groups[hash(userId) % groups.length] ?? null;
}
