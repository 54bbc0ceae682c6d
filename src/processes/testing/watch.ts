/** Watches the children of this process and its event loop while tests run. Children are told from `/proc` (Linux). */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** The children of a process that run a program, which ends with this name: `parse/child.ts`. */
export function childrenOf(parent: number, program: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => read(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ")[1] === `${parent}`)
    .filter((pid) => read(`/proc/${pid}/cmdline`).includes(program))
    .map(Number);
}

/** Whether a process is there and has not ended. */
export function isAlive(pid: number): boolean {
  return /^State:\s+[^ZX]/m.test(read(`/proc/${pid}/status`));
}

/** The largest resident memory that a process ever had, in bytes; 0 when it is gone. */
function peakOf(pid: number): number {
  return 1024 * Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
}

/** Waits until something is so, for at least half a minute: other programs may have the processors. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries++) {
    if (tries > 3000) throw new Error("That did not come about within half a minute.");
    await sleep(10);
  }
}

/**
 * Twenty milliseconds of work are the most that is meant to be done in one go; a processor that others use too takes up
 * to twice as long for the same.
 */
export const LONGEST_BLOCK = 40;

export interface Observed {
  /** The largest resident memory of any child, in bytes. */
  readonly childPeak: number;
  /** The longest that this process's event loop was held up, in milliseconds of its own work. */
  readonly longestBlock: number;
  /** How much more memory than before this process had at most, in bytes. */
  readonly ownGrowth: number;
}

/**
 * Watches until `work` is done, and the children that run a program. How long the loop is held up is counted in processor time, not by the clock: where other
 * programs take the processors, the clock says nothing about this one.
 */
export async function observe(work: () => Promise<unknown>, program: string): Promise<Observed> {
  let longestBlock = 0;
  let last = process.threadCpuUsage();
  const tick = setInterval(() => {
    const { user, system } = process.threadCpuUsage(last);
    longestBlock = Math.max(longestBlock, (user + system) / 1000);
    last = process.threadCpuUsage();
  }, 1);
  let childPeak = 0;
  const before = process.memoryUsage.rss();
  let ownPeak = before;
  const look = setInterval(() => {
    childPeak = Math.max(childPeak, ...childrenOf(process.pid, program).map(peakOf));
    ownPeak = Math.max(ownPeak, process.memoryUsage.rss());
    // Looking is not what is measured.
    last = process.threadCpuUsage();
  }, 50);
  try {
    await work();
  } finally {
    clearInterval(tick);
    clearInterval(look);
  }
  return { childPeak, longestBlock, ownGrowth: ownPeak - before };
}
