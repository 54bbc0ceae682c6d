/** Random numbers that a seed repeats. Timing stays the machine's, so a seed repeats a schedule, not a result. */

export interface Random {
  /** At least 0 and below 1. */
  (): number;
}

/** The seed of this run: `FAULT_SEED`, or a new one. It is printed, so that a failure can be looked at again. */
export function chooseSeed(name: string): number {
  const given = process.env["FAULT_SEED"];
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  if (!Number.isSafeInteger(seed)) throw new Error("FAULT_SEED must be a whole number.");
  console.log(`${name}: FAULT_SEED=${seed}`);
  return seed;
}

/** How often something is to be done: the variable `name`, or what is usual. */
export function chooseCount(name: string, usual: number): number {
  const count = Number(process.env[name] ?? usual);
  if (!Number.isSafeInteger(count) || count < 1) throw new Error(`${name} must be 1 or more.`);
  return count;
}

/** A mulberry32 generator. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number, both ends included. */
export function between(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}

export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("Nothing to pick from.");
  return item;
}
