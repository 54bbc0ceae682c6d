/** Stopping, as often as it is asked for. */
import { setTimeout as sleep } from "node:timers/promises";

/** The first call stops in order, a second one hurries it; both resolve when it is done. */
export function stopOnce(close: (hurry: Promise<void>) => Promise<void>): () => Promise<void> {
  let hurry = (): void => {};
  let closing: Promise<void> | null = null;
  return () => {
    if (closing) hurry();
    else closing = close(new Promise((resolve) => (hurry = resolve)));
    return closing;
  };
}

/** Resolves after so many milliseconds, or with `hurry`. */
export async function pause(milliseconds: number, hurry: Promise<void>): Promise<void> {
  const over = new AbortController();
  try {
    await Promise.race([sleep(milliseconds, undefined, { signal: over.signal }), hurry]);
  } finally {
    over.abort();
  }
}
