/** When to kill: a schedule of moments in the life of a run and of a server. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Crashable } from "./crashable.ts";
import type { Load, Moment } from "./load.ts";
import { between, pick, type Random } from "./random.ts";

/**
 * A kill this long after a moment; `any` is any time, `boot` one before the server is ready, `burst` many
 * messages at once.
 */
export interface Kill {
  readonly at: Moment | "any" | "boot" | "burst";
  readonly delayMs: number;
  /** How long the process is left alone before the moment is waited for. */
  readonly graceMs: number;
}

const MOMENTS: readonly (readonly [at: Kill["at"], longestDelayMs: number])[] = [
  ["any", 1200],
  ["any", 400],
  ["boot", 600],
  ["burst", 25],
  ["burst", 10],
  ["posting", 6],
  ["posting", 2],
  ["accepted", 8],
  ["start", 30],
  ["token", 120],
  ["usage", 2],
  ["end", 6],
  ["restart", 20],
];

/** The whole schedule, decided before the first kill. */
export function planKills(random: Random, count: number, longestMs: number): Kill[] {
  return Array.from({ length: count }, () => {
    const [at, longest] = pick(random, MOMENTS);
    const graceMs = random() < 0.3 ? 0 : between(random, 0, 900 + longestMs);
    return { at, delayMs: between(random, 0, longest), graceMs };
  });
}

/** When nothing of the kind happens for so long, it is killed anyway. */
const PATIENCE_MS = 4000;

/** Carries out one kill, and starts the server again. Returns how many runs were being followed when it fell. */
export async function killOnce(kill: Kill, server: Crashable, load: Load): Promise<number> {
  await sleep(kill.graceMs);
  if (kill.at === "burst") load.burst();
  else if (kill.at !== "any" && kill.at !== "boot") {
    const patience = new AbortController();
    await Promise.race([
      load.next(kill.at),
      sleep(PATIENCE_MS, undefined, { signal: patience.signal }).catch(() => {}),
    ]);
    patience.abort();
  }
  if (kill.at !== "boot") await sleep(kill.delayMs);
  const active = load.active();
  await server.kill();
  if (kill.at === "boot") await server.killWhileStarting(kill.delayMs);
  await server.start();
  return active;
}
