/** How long the event loop is held up at a time, without the time in which the machine gave the core to others. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

export interface Blocked {
  /** The longest time, and that which one in a thousand turns exceeds, in milliseconds. */
  readonly longest: number;
  readonly p999: number;
}

/** Milliseconds that the main thread has waited for a core so far (the kernel's accounting). */
function waited(): number {
  const [, nanoseconds] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(
    " ",
  );
  return Number(nanoseconds) / 1e6;
}

/** The figures of the turns from now on, until `stop` is called. */
function watch(): { stop: () => Promise<Blocked> } {
  const gaps: number[] = [];
  const stopped = new AbortController();
  const watching = (async () => {
    let [time, wait] = [performance.now(), waited()];
    while (!stopped.signal.aborted) {
      await sleep(1);
      const [now, waitNow] = [performance.now(), waited()];
      // The timer's own millisecond is no delay.
      gaps.push(Math.max(0, now - time - (waitNow - wait) - 1));
      [time, wait] = [now, waitNow];
    }
  })();
  return {
    stop: async () => {
      stopped.abort();
      await watching;
      const sorted = gaps.toSorted((a, b) => a - b);
      return { longest: sorted.at(-1) ?? 0, p999: sorted[Math.floor(sorted.length * 0.999)] ?? 0 };
    },
  };
}

/** Watches the event loop while `work` goes on. */
export async function watchBlocked<T>(
  work: () => Promise<T>,
): Promise<{ result: T; blocked: Blocked }> {
  const { stop } = watch();
  try {
    const result = await work();
    return { result, blocked: await stop() };
  } finally {
    await stop();
  }
}
